"""TLS towards instances."""

from __future__ import annotations

import ssl


def client_context(ca_pem: str, *, verify: bool) -> ssl.SSLContext:
    """Trusts `ca_pem` instead of the system's authorities where it is not empty. Raises `ValueError` for a bad one.

    Making one takes milliseconds, for it parses a trust store: share it.
    """
    try:
        context = ssl.create_default_context(cadata=ca_pem or None)
    except (ssl.SSLError, TypeError) as error:
        raise ValueError(f"tls_ca_pem: {error}") from None
    context.set_alpn_protocols(["http/1.1"])
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
