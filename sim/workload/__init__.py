"""Pods as data, before and during a run."""
