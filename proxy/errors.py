"""The one error a request can end with, and its causes by name.

Whoever finds that a request cannot go on raises `GatewayError` through one of the functions below; it is turned into
a reply at one seam (`proxy/pipeline.py`) by one function (`proxy/error_response.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from gateway_project.rest.codes import CODE_OF_STATUS, HTTP_STATUS, Code

Source = Literal["client", "upstream", "gateway"]
Headers = tuple[tuple[bytes, bytes], ...]
Values = tuple[tuple[str, int], ...]


class GatewayError(Exception):
    """A request that is answered by the gateway itself.

    `source` says whose fault it is, `reason` what happened in words for the access record (and, for a client's
    mistake, for the client), `headers` what the reply carries besides the usual, `values` what its message is filled in
    with, `errors` place and message of each mistake; `closes` ends the connection.
    """

    def __init__(
        self,
        source: Source,
        code: Code,
        reason: str,
        *,
        headers: Headers = (),
        values: Values = (),
        errors: Sequence[tuple[str, str]] = (),
        status: int = 0,
        closes: bool = False,
    ) -> None:
        super().__init__(reason)
        self.source = source
        self.code = code
        self.reason = reason
        self.headers = headers
        self.values = values
        self.errors = errors
        self.status = status or HTTP_STATUS[code]
        self.closes = closes


def malformed(reason: str, status: int = 400) -> GatewayError:
    """A request that breaks HTTP, or a limit on its size; the connection cannot be trusted any more."""
    code = CODE_OF_STATUS.get(status, Code.BAD_REQUEST if status < 500 else Code.NOT_IMPLEMENTED)
    return GatewayError("client", code, reason, status=status, closes=True)


def bad_request(reason: str) -> GatewayError:
    """A well-formed request that the gateway will not interpret, such as an ambiguous path (G-305)."""
    return GatewayError("client", Code.BAD_REQUEST, reason)


def invalid_request(errors: Sequence[tuple[str, str]]) -> GatewayError:
    """A request that is not what the route's schemas describe; place and message of each mistake."""
    return GatewayError("client", Code.BAD_REQUEST, f"{errors[0][0]}: {errors[0][1]}", errors=errors)


def no_route() -> GatewayError:
    """Nothing is configured for this host, path and method (G-303)."""
    return GatewayError("client", Code.NOT_FOUND, "no route matches")


METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
"""Those that the control plane may be asked with; routes take others too."""


def method_refused(reason: str) -> GatewayError:
    """CONNECT and TRACE are not spoken here (edge rule F15), and no method of one's own by the control plane."""
    allowed = ((b"allow", ", ".join(METHODS).encode()),)
    return GatewayError("client", Code.METHOD_NOT_ALLOWED, reason, headers=allowed, closes=True)


def expectation_failed() -> GatewayError:
    """An Expect other than 100-continue (RFC 9110 section 10.1.1)."""
    return GatewayError("client", Code.BAD_REQUEST, "only Expect: 100-continue is understood", status=417, closes=True)


def unauthenticated(reason: str, challenges: Iterable[bytes] = (b"Bearer",)) -> GatewayError:
    """No credential, or one that does not hold (G-008); `challenges` name the ways in that are open."""
    headers = tuple((b"www-authenticate", challenge) for challenge in challenges)
    return GatewayError("client", Code.UNAUTHENTICATED, reason, headers=headers)


def forbidden(reason: str) -> GatewayError:
    """Known, but without a permission the route asks for (G-321)."""
    return GatewayError("client", Code.FORBIDDEN, reason)


def too_many_requests(seconds: int) -> GatewayError:
    """The route's limit is spent; in `seconds` a request may be admitted again (G-340)."""
    headers = ((b"retry-after", b"%d" % seconds),)
    return GatewayError("client", Code.TOO_MANY_REQUESTS, "rate limit", headers=headers, values=(("seconds", seconds),))


def too_many_passwords(seconds: int) -> GatewayError:
    """More passwords were shown than are checked at once, or too many wrong ones; try again in `seconds`."""
    headers = ((b"retry-after", b"%d" % seconds),)
    return GatewayError("client", Code.TOO_MANY_REQUESTS, "passwords", headers=headers, values=(("seconds", seconds),))


def too_many_connections() -> GatewayError:
    """One address holds as many connections as it may (edge rule T4)."""
    headers = ((b"retry-after", b"1"),)
    return GatewayError("client", Code.TOO_MANY_REQUESTS, "connections", headers=headers, values=(("seconds", 1),))


def limits_unavailable() -> GatewayError:
    """Redis does not count the limits, and the setting says to refuse then (G-343)."""
    headers = ((b"retry-after", b"1"),)
    return GatewayError("gateway", Code.LIMITS_UNAVAILABLE, "Redis does not count the limits", headers=headers)


def body_too_large(limit: int) -> GatewayError:
    """More bytes were counted than the route takes (edge rule T6)."""
    return GatewayError("client", Code.TOO_LARGE, f"the body is longer than {limit} bytes", closes=True)


def body_too_slow() -> GatewayError:
    """The client went silent in the middle of its body."""
    return GatewayError("client", Code.REQUEST_TIMEOUT, "the body did not arrive in time", closes=True)


def broken_route(problem: str) -> GatewayError:
    """The row of this place cannot be compiled; it keeps its place and answers an error (G-504)."""
    return GatewayError("gateway", Code.INTERNAL, problem)


def internal(reason: str) -> GatewayError:
    """A fault of the gateway's own."""
    return GatewayError("gateway", Code.INTERNAL, reason)


def no_instance(reason: str) -> GatewayError:
    """The service has no instance that may be asked, or no connection to one is free (G-360)."""
    return GatewayError("upstream", Code.NO_INSTANCE, reason, headers=((b"retry-after", b"1"),))


def circuit_open(seconds: int) -> GatewayError:
    """The breaker of the service, or of every instance, is open; in `seconds` a probe may pass (G-360)."""
    headers = ((b"retry-after", b"%d" % seconds),)
    return GatewayError("upstream", Code.CIRCUIT_OPEN, "circuit open", headers=headers, values=(("seconds", seconds),))


def upstream_failed(reason: str) -> GatewayError:
    """Connect failure, reset or a reply that is not HTTP, after the retries (G-402)."""
    return GatewayError("upstream", Code.UPSTREAM_ERROR, reason)


def not_stored() -> GatewayError:
    """The client wants a stored reply or none (`only-if-cached`, RFC 9111 section 5.2.1.7), and there is none."""
    return GatewayError("client", Code.TIMEOUT, "only-if-cached: nothing is stored")


def timed_out(reason: str) -> GatewayError:
    """The route's time is over (G-402)."""
    return GatewayError("upstream", Code.TIMEOUT, reason)
