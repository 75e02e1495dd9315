"""The console's pages of change sets, and of configuration files."""
