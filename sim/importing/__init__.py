"""From a real cluster's files to a scenario, and from its history to a trace."""
