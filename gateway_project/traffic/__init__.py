"""The traffic as it happens, over REST."""
