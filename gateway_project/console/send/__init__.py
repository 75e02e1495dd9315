"""A request that is really sent, to try a route from its page."""
