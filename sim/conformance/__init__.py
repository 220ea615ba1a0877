"""Recordings of the real daemon, and what it takes to compare the model with them."""
