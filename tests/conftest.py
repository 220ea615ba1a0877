"""Stands here so that tests can import what they share: `worlds`."""
