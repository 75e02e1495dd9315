"""Services: where traffic goes."""
