"""How the pods of a real cluster came and went: from its history to a trace."""
