"""Event records, what is derived from them, and how they are stored."""
