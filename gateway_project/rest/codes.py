"""The product's result codes and the HTTP status each is sent with (G-012). Pure: no Django.

The control plane and the data plane answer from this one table, so a code means the same on both.
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """`S10000`, or `F` and five digits: a status and two digits that tell its causes apart."""

    OK = "S10000"
    BAD_REQUEST = "F40000"
    UNAUTHENTICATED = "F40001"
    FORBIDDEN = "F40003"
    NOT_FOUND = "F40400"
    METHOD_NOT_ALLOWED = "F40500"
    REQUEST_TIMEOUT = "F40800"
    CONFLICT = "F40900"
    PRECONDITION_FAILED = "F41200"
    TOO_LARGE = "F41300"
    URI_TOO_LONG = "F41400"
    TOO_MANY_REQUESTS = "F42900"
    HEADERS_TOO_LARGE = "F43100"
    INTERNAL = "F50000"
    NOT_IMPLEMENTED = "F50100"
    UPSTREAM_ERROR = "F50200"
    NO_INSTANCE = "F50300"
    CIRCUIT_OPEN = "F50301"
    LIMITS_UNAVAILABLE = "F50302"
    TIMEOUT = "F50400"


HTTP_STATUS: dict[str, int] = {
    Code.OK: 200,
    Code.BAD_REQUEST: 400,
    Code.UNAUTHENTICATED: 401,
    Code.FORBIDDEN: 403,
    Code.NOT_FOUND: 404,
    Code.METHOD_NOT_ALLOWED: 405,
    Code.REQUEST_TIMEOUT: 408,
    Code.CONFLICT: 409,
    Code.PRECONDITION_FAILED: 412,
    Code.TOO_LARGE: 413,
    Code.URI_TOO_LONG: 414,
    Code.TOO_MANY_REQUESTS: 429,
    Code.HEADERS_TOO_LARGE: 431,
    Code.INTERNAL: 500,
    Code.NOT_IMPLEMENTED: 501,
    Code.UPSTREAM_ERROR: 502,
    Code.NO_INSTANCE: 503,
    Code.CIRCUIT_OPEN: 503,
    Code.LIMITS_UNAVAILABLE: 503,
    Code.TIMEOUT: 504,
}

CODE_OF_STATUS: dict[int, Code] = {
    400: Code.BAD_REQUEST,
    401: Code.UNAUTHENTICATED,
    403: Code.FORBIDDEN,
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    408: Code.REQUEST_TIMEOUT,
    409: Code.CONFLICT,
    412: Code.PRECONDITION_FAILED,
    413: Code.TOO_LARGE,
    414: Code.URI_TOO_LONG,
    429: Code.TOO_MANY_REQUESTS,
    431: Code.HEADERS_TOO_LARGE,
    500: Code.INTERNAL,
    501: Code.NOT_IMPLEMENTED,
    502: Code.UPSTREAM_ERROR,
    503: Code.NO_INSTANCE,
    504: Code.TIMEOUT,
}
"""The code for an error known only by its HTTP status, as a framework raises it."""


def status_of(code: str) -> int:
    """The HTTP status of a code. Raises `KeyError` for a code that is not in the table."""
    return HTTP_STATUS[code]


def code_of(status: int) -> Code:
    """The code for a framework's status: an unknown 4xx counts as F40000, anything else as F50000."""
    return CODE_OF_STATUS.get(status, Code.BAD_REQUEST if 400 <= status < 500 else Code.INTERNAL)
