"""Reporters: taste. Here, and in `cli`, is the only place that prints; each module is imported where it is used."""
