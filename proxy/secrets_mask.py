"""Request targets fit for a log: secrets in the query masked (G-406)."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

MASK = "***"

SECRET_PARAMETERS = frozenset(
    (
        "access_token",
        "api-key",
        "api_key",
        "apikey",
        "authorization",
        "client_secret",
        "id_token",
        "jwt",
        "passwd",
        "password",
        "refresh_token",
        "secret",
        "signature",
        "token",
        "x-api-key",
        "x-amz-security-token",
        "x-amz-signature",
    )
)

_MAY_NAME_SECRET = re.compile(rb"(?i)token|key|passw|secret|jwt|authori|signature|(?:^|[&;])[^=&;%]*%")
"""Also any escape in a name. It looks at each byte once: a query is a stranger's, and up to 8 KiB long."""
_configured: set[str] = set()
"""Parameters that a configuration uses for keys; they stay when it goes, for old keys may still be sent."""

_SEPARATORS = re.compile(r"([&;])")


def mask_parameter(name: str) -> None:
    """From now on the values of this parameter are masked too; letter case does not matter."""
    if name.lower() not in SECRET_PARAMETERS:
        _configured.add(name.lower())


def mask_target(target: bytes) -> str:
    """A path with its query as text, the values of `SECRET_PARAMETERS` replaced; names are compared decoded.

    Bytes that are not ASCII become escapes of the log line, never text of their own.
    """
    path, mark, query = target.partition(b"?")
    if not mark or (not _configured and _MAY_NAME_SECRET.search(query) is None):
        return target.decode("latin-1")
    return path.decode("latin-1") + "?" + mask_query(query.decode("latin-1"))


def mask_query(query: str) -> str:
    """The query with every secret's value replaced, everything else as it was."""
    return "".join(_masked(piece) for piece in _SEPARATORS.split(query))


def _masked(parameter: str) -> str:
    name, equals, value = parameter.partition("=")
    if equals and value:
        plain = unquote_plus(name).strip().lower()
        if plain in SECRET_PARAMETERS or plain in _configured:
            return f"{name}={MASK}"
    return parameter
