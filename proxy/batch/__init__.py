"""Several requests in one: each part goes the way of a request from outside (G-290, edge rules B)."""
