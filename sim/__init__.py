"""ipamd-sim: a discrete-event simulator of the Amazon VPC CNI's IP address daemon."""
