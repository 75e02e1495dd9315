"""Long trials of a whole node: `make soak` runs them and writes docs/reliability.md."""
