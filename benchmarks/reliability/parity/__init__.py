"""R-25: the same trials against this gateway and others, each configured to do the same as well as it can."""
