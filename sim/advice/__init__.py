"""What to do to a real cluster: settings as they are applied, and the order of safe steps."""
