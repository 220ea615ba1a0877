"""Puts AWS, ipamd and Kubernetes on one clock and runs them."""
