"""Plugins for Capify: each is a module of its own, so that only what a project asks for is imported."""
