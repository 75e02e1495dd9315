"""Spans for OpenTelemetry: which requests have them, what they say, how they leave. Off unless an endpoint is set."""
