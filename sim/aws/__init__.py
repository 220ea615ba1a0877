"""What AWS does: EC2 actions and their token buckets, subnets, instance metadata."""
