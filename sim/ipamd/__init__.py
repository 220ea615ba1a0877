"""What the daemon does, in upstream's words."""
