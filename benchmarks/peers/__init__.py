"""The gateways that are measured, one a file; each knows how to configure and start itself."""
