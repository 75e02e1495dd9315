"""Routes: which request goes where."""
