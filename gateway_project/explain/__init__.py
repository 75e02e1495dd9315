"""Explanations, pre-checks, conflicts and problems over REST (G-410, G-227, G-503, G-504)."""
