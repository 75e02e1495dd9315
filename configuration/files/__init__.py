"""The configuration as a file: written, read, compared, stored (G-502)."""
