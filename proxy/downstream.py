"""What the pipeline needs of whoever sent the request.

Two things implement it: the gateway's own edge (`proxy/edge/client_exchange.py`) and the ASGI door (`proxy/asgi.py`).
The pipeline knows neither.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from proxy.http1.fields import Headers
from proxy.transport.stream import Stream


class ClientGone(Exception):
    """The client left; nobody is there to be answered."""


class ResponseCut(Exception):
    """The upstream broke off in the middle of its answer, so the server in front must break off too."""


class Downstream(Protocol):
    """One request's way back and its body."""

    started: bool
    """Whether a final response head has been sent, after which no error reply is possible."""

    def body_now(self) -> bytes | None:
        """The whole request body if it has come already, else None; nothing is consumed in that case."""

    async def read(self) -> bytes:
        """The next piece of the request body, empty at its end.

        Raises `ClientGone`, or `GatewayError` for a broken or too slow body.
        """

    async def inform(self, status: int, headers: Headers) -> None:
        """Sends an interim response (103); dropped where the client's protocol has none."""

    async def respond(self, status: int, reason: bytes, headers: Headers, body: bytes, length: int) -> None:
        """Sends a whole response. `length` is what Content-Length says: for HEAD and 304 it may exceed `body`."""

    async def start(self, status: int, reason: bytes, headers: Headers, length: int) -> None:
        """Sends a head; `length` bytes follow through `send`, or `framing.CHUNKED` for an unknown number."""

    async def send(self, piece: bytes) -> None:
        """Sends a piece of the body and waits until the client takes it. Raises `ClientGone`."""

    async def finish(self, trailers: Headers) -> None:
        """Ends the body."""

    async def switch(self, headers: Headers, on_drain: Callable[[], None]) -> Stream:
        """Sends 101 and hands out the client's bytes as they are; `on_drain` is called when the server is to stop.

        Raises `GatewayError` where the client sent bytes before it was allowed to, or the door has no such thing.
        """

    def abort(self) -> None:
        """Breaks the connection so that the cut response cannot be taken for a whole one.

        Raises `ResponseCut` where only the server in front can do that.
        """


class PromptDownstream(Downstream, Protocol):
    """One that takes a whole answer without anybody waiting for it (`proxy/forwarding/underway.py`)."""

    def answer(self, status: int, reason: bytes, headers: Headers, body: bytes, length: int) -> None:
        """As `respond`; the next request is not read before the client has taken enough of it."""

    def pass_on(self, start: bytes, body: bytes, length: int) -> None:
        """The same for a head that is made but for its framing: status line and fields, each with its line break."""

    def ended(self) -> None:
        """The request that was served at once is over."""

    def go_on(self) -> None:
        """The request that was served at once has to be waited for after all: somebody shall await its rest."""
