"""The standard deployment: recipes (`deploy` loads the others), pure decisions, and the shell text of `shell/`."""
