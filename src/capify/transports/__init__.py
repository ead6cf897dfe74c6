"""Transports: ways of opening links to servers. Rule: what they say when they fail is translated here, once."""
