"""Files of a history as a cluster's own tools write them, from pods that are known."""
