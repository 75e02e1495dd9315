"""Requests as they end, for whoever watches: what the workers show of them, and who is told."""
