"""Scenario files: strict models, YAML in, errors with file, line and column out."""
