"""Simulation testing: random scenarios in which much goes wrong, and what holds all the same."""
