"""What of a configuration has no effect, or cannot have the one that was meant (G-503). Pure."""
