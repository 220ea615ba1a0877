"""Generated inputs of every kind, and what has to hold for each of them: ``python -m fuzz``."""
