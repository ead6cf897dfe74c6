"""What people type, and what they read when nothing is run: arguments, listings, commands of `cap` itself."""
