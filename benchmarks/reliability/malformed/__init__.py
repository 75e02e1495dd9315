"""Malformed, ambiguous and valid requests, an upstream that records every byte, and what is made of both (R-03)."""
