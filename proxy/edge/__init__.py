"""The edge: the gateway's own HTTP/1.1 server, as strict as `docs/security.md` promises."""
