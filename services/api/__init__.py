"""REST interface of this app."""
