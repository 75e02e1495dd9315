"""GET /metrics (G-260, G-261)."""
