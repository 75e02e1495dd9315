"""Several changes of any kinds as one: now, as a draft, or at a time (G-501)."""
