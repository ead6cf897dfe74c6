"""Executes plans: one event loop in a thread of its own, all servers at once, deadlines, interruption, undo."""
