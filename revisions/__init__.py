"""Revisions: every change of the configuration is one transaction that raises one number."""
