"""Traps of settings that can be known without a run: pure rules, each with its source."""
