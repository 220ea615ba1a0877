"""Pod networks besides the VPC's own: the alternatives that take no VPC address a pod."""
