"""What people look at: terminal screens and notebook displays."""
