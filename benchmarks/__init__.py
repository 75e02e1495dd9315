"""`make bench`: this gateway beside Envoy and nginx, on one core each, under the same load."""
