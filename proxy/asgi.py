"""The ASGI door: the same pipeline under daphne, uvicorn or any other ASGI server.

Servers differ in how strictly they read HTTP (`docs/decisions/server.md`), so everything that can still be checked
here is: field names and values, Host, framing, the raw path. What ASGI cannot carry is lost through this door: the
upstream's reason phrase, and interim responses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote

from proxy.downstream import ClientGone, ResponseCut
from proxy.error_response import error_response
from proxy.errors import malformed
from proxy.http1.errors import MalformedMessage
from proxy.http1.fields import Headers, parse_fields, split_lines
from proxy.http1.request_head import RequestHead, parse_request_head
from proxy.pipeline import serve
from proxy.runtime import GatewayRuntime
from proxy.transport.stream import Stream

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class ProxyApplication:
    """An ASGI application that serves traffic from `runtime`'s snapshot."""

    def __init__(self, runtime: GatewayRuntime, surface: str = "traffic") -> None:
        self._runtime = runtime
        self._surface = surface

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one HTTP request; a WebSocket handshake is refused."""
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        downstream = AsgiExchange(receive, send)
        try:
            head = request_head(scope, self._runtime)
        except MalformedMessage as error:
            _, phrase, headers, body = error_response(malformed(error.reason, error.status), None)
            await downstream.respond(error.status, phrase, headers, body, len(body))
            return
        peer = (scope.get("client") or ("",))[0]
        await self._serve(head, downstream, peer, scope.get("scheme", "http"))

    async def _serve(self, head: RequestHead, downstream: AsgiExchange, peer: str, scheme: str) -> None:
        """Serves while watching for the client to leave, which ASGI tells only to those who ask."""
        serving = asyncio.ensure_future(
            serve(self._runtime, head, downstream, peer=peer, scheme=scheme, surface=self._surface)
        )
        downstream.on_gone = serving.cancel
        if head.length == 0:
            downstream.watch()
        try:
            await serving
        except (ClientGone, asyncio.CancelledError):
            if not serving.done():
                serving.cancel()
                raise
        finally:
            await downstream.unwatch()


def request_head(scope: Scope, runtime: GatewayRuntime) -> RequestHead:
    """The head as our own parser reads it, rebuilt from what the server understood; raises `MalformedMessage`.

    Rebuilding and reading again costs microseconds and holds every server to the same grammar. HTTP/2 servers give
    no Content-Length for a streamed body; it is then announced as chunked, which is how it is forwarded.
    """
    raw_path = scope.get("raw_path") or quote(scope["path"], errors="surrogateescape").encode()
    query = scope.get("query_string", b"")
    target = raw_path + (b"?" + query if query else b"")
    version = b"1.0" if scope.get("http_version") == "1.0" else b"1.1"
    lines = [b"%b: %b" % (name, value) for name, value in scope["headers"]]
    parse_fields(split_lines(b"\r\n".join([b"", *lines]), limit=runtime.options.max_header_count))
    block = b"\r\n".join([b"%b %b HTTP/%b" % (scope["method"].encode("latin-1"), target, version), *lines])
    if len(block.split(b"\r\n")) != len(lines) + 1:
        raise MalformedMessage("the request target holds a line break")
    options = runtime.options
    return parse_request_head(block, max_line=options.max_request_line_bytes, max_fields=options.max_header_count)


class AsgiExchange:
    """`Downstream` over ASGI's receive and send."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._ended = False
        self._watcher: asyncio.Task[None] | None = None
        self.on_gone: Callable[[], object] = lambda: None
        self.started = False

    def body_now(self) -> bytes | None:
        """Never known without waiting."""
        return None

    async def read(self) -> bytes:
        """The next piece of the body, empty at its end."""
        while not self._ended:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            self._ended = not message.get("more_body", False)
            if self._ended:
                self.watch()
            if body := message.get("body", b""):
                return bytes(body)
        return b""

    def watch(self) -> None:
        """Begins to wait for the client to leave."""
        self._ended = True
        if self._watcher is None:
            self._watcher = asyncio.ensure_future(self._until_gone())

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.on_gone()

    async def unwatch(self) -> None:
        """Stops waiting."""
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.wait((self._watcher,))

    async def inform(self, status: int, headers: Headers) -> None:
        """Dropped: plain ASGI has no interim responses."""

    async def respond(self, status: int, reason: bytes, headers: Headers, body: bytes, length: int) -> None:
        """A whole response."""
        await self.start(status, reason, headers, length)
        await self._send({"type": "http.response.body", "body": body, "more_body": False})

    async def start(self, status: int, reason: bytes, headers: Headers, length: int) -> None:
        """The head; the server frames the body."""
        self.started = True
        if length >= 0:
            headers.append((b"content-length", b"%d" % length))
        fields = [field for field in headers if field[0] != b"connection"]
        await self._send({"type": "http.response.start", "status": status, "headers": fields})

    async def send(self, piece: bytes) -> None:
        """A piece of the body."""
        await self._send({"type": "http.response.body", "body": piece, "more_body": True})

    async def finish(self, trailers: Headers) -> None:
        """The end of the body."""
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def switch(self, headers: Headers, on_drain: Callable[[], None]) -> Stream:
        """ASGI servers take WebSocket handshakes for themselves."""
        raise malformed("the server in front of this gateway does not pass WebSocket through", 501)

    def abort(self) -> None:
        """Raises, which is the only way an ASGI application can make its server break off a response."""
        raise ResponseCut
