"""What `make run` shows: two upstreams, three routes, and the calls to try."""
