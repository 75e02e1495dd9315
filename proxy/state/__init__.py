"""What requests leave behind for the next ones: small states by key, changed by rules, shared where possible."""
