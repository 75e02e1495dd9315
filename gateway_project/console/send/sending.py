"""A request to the node's own traffic listener, and what came back, bounded in time and size. No address is typed."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from proxy.explain.asked import Asked
from proxy.traffic.own_listener import Listener

MOST_SECONDS = 30.0
"""For the whole of it; a route may allow its instances more."""
MOST_SHOWN_BYTES = 65_536
"""Of the answer's body; the rest is not read."""
AT_ONCE = 4
"""Requests that all persons together may have under way in this process."""
CLIENT = ("User-Agent", "gateway-console")

_places = threading.BoundedSemaphore(AT_ONCE)


class NotSentError(Exception):
    """There was no answer; `reason` is one of the keys of `console.send.shown.REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`head_ms` until status and fields were there, `total_ms` until the end of what was read."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_cut: bool
    """Whether there was more, or the time was over."""
    head_ms: float
    total_ms: float


@contextmanager
def place() -> Iterator[None]:
    """One of the few that may be under way. Raises `NotSentError`."""
    if not _places.acquire(blocking=False):
        raise NotSentError("busy")
    try:
        yield
    finally:
        _places.release()


def send(listener: Listener, asked: Asked, body: bytes, traceparent: str) -> Answer:
    """Raises `NotSentError`."""
    began = time.monotonic()
    connection = http.client.HTTPConnection(*listener, timeout=MOST_SECONDS)
    try:
        connection.connect()
        sock = connection.sock  # the connection forgets it where the answer ends with it
        _write(connection, asked, body, traceparent)
        found = connection.getresponse()
        head_ms = _ms_since(began)
        text, is_cut = _read(sock, found, began + MOST_SECONDS)
    except TimeoutError:
        raise NotSentError("late") from None
    except (OSError, http.client.HTTPException, ValueError):
        raise NotSentError("lost") from None
    finally:
        connection.close()
    headers = tuple(found.getheaders())
    return Answer(
        status=found.status, headers=headers, body=text, is_cut=is_cut, head_ms=head_ms, total_ms=_ms_since(began)
    )


def _write(connection: http.client.HTTPConnection, asked: Asked, body: bytes, traceparent: str) -> None:
    fields = [("Host", asked.host), ("traceparent", traceparent), *asked.headers]
    names = {name.lower() for name, _value in fields}
    if asked.token:
        fields.append(("Authorization", f"Bearer {asked.token}"))
    if "user-agent" not in names:
        fields.append(CLIENT)
    if body or asked.method in ("POST", "PUT", "PATCH"):
        fields.append(("Content-Length", str(len(body))))
    connection.putrequest(asked.method, asked.target, skip_host=True, skip_accept_encoding=True)
    for name, value in fields:
        connection.putheader(name, value.encode("latin-1"))
    connection.endheaders(body or None)


def _read(sock: socket.socket, found: http.client.HTTPResponse, ends: float) -> tuple[bytes, bool]:
    """At most `MOST_SHOWN_BYTES`, and whether that is not all."""
    text = bytearray()
    while len(text) <= MOST_SHOWN_BYTES and (left := ends - time.monotonic()) > 0:
        sock.settimeout(left)
        try:
            piece = found.read1(MOST_SHOWN_BYTES + 1 - len(text))
        except TimeoutError:
            break
        if not piece:
            return bytes(text), False
        text += piece
    return bytes(text[:MOST_SHOWN_BYTES]), True


def _ms_since(began: float) -> float:
    return round(1000 * (time.monotonic() - began), 1)
