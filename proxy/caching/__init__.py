"""A shared HTTP cache as RFC 9111 describes it: pure rules, one concept a file, and the store they are applied to."""
