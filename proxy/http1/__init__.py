"""HTTP/1.1 message syntax (RFC 9112) as pure functions and small state machines: bytes in, values out, no socket."""
