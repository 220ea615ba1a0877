"""Clusters that were never there, in files as kubectl and the AWS CLI write them."""
