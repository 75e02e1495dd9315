"""The configuration as one thing: every kind of row by its name, and the writes that span several of them."""
