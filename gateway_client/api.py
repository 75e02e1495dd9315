"""The REST API: one call and its envelope, a list to its last page, a page of text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import httpx

from gateway_client.errors import Misused, Refused, Unreachable
from gateway_client.settings import Settings

PAGE_SIZE = 100
"""The most the API gives at once."""

EVENTS = "text/event-stream"
SILENCE_SECONDS = 30.0
"""A stream of events has a sign of life every ten."""
UPLOAD_SECONDS = 600.0
"""How long the gateway may take for a whole configuration."""

Told = Callable[[int, int], None]
"""Called with how much is there, and how much there will be."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A success."""

    content: dict[str, Any]
    message: str
    etag: str
    revision: str


class Api:
    """Calls of one gateway. A context manager that keeps its connection."""

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None = None) -> None:
        self.url = settings.url
        self._timeout_seconds = settings.timeout_seconds
        headers = {"Accept-Language": "en"}
        if settings.token:
            if not settings.token.isascii() or not settings.token.isprintable():
                raise Misused("the token holds characters that no token has")
            headers["Authorization"] = f"Bearer {settings.token}"
        self._client = httpx.Client(
            base_url=settings.url, headers=headers, timeout=settings.timeout_seconds, transport=transport
        )

    def __enter__(self) -> Api:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        params: Mapping[str, Any] | None = None,
        if_match: str = "",
        reason: str = "",
    ) -> Reply:
        """The content of a success. Raises `Refused`, `Unreachable`."""
        headers = {b"Accept": b"application/json"}
        if if_match:
            headers[b"If-Match"] = if_match.encode()
        if reason:
            headers[b"X-Change-Reason"] = reason.encode()  # UTF-8: a reason is written in any language
        return _reply(self._send(method, path, headers, params, json=body))

    def upload(
        self, path: str, text: str, media_type: str, *, params: Mapping[str, Any] | None = None, reason: str = ""
    ) -> Reply:
        """A POST of a document, which may take minutes. Raises `Refused`, `Unreachable`."""
        headers = {b"Accept": b"application/json", b"Content-Type": media_type.encode()}
        if reason:
            headers[b"X-Change-Reason"] = reason.encode()
        return _reply(self._send("POST", path, headers, params, content=text.encode(), timeout=UPLOAD_SECONDS))

    def text(self, path: str, accept: str, params: Mapping[str, Any] | None = None) -> str:
        """A reply without an envelope. Raises `Refused`, `Unreachable`."""
        answer = self._send("GET", path, {b"Accept": accept.encode()}, params)
        if answer.is_success:
            return answer.text
        raise _refused(answer, _envelope(answer))

    def events(self, path: str, params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Server-sent events as they come: (event, data). Raises `Refused`, `Unreachable`."""
        chosen = {name: value for name, value in params.items() if value is not None}
        headers, patience = {"Accept": EVENTS}, httpx.Timeout(self._timeout_seconds, read=SILENCE_SECONDS)
        with (
            self._told(path),
            self._client.stream("GET", path, params=chosen, headers=headers, timeout=patience) as answer,
        ):
            if not answer.is_success:
                answer.read()
                raise _refused(answer, _envelope(answer))
            event = ""
            for line in answer.iter_lines():
                name, _colon, value = line.partition(":")
                if name == "event":
                    event = value.strip()
                elif name == "data":
                    yield event, value.strip()

    def listed(
        self, path: str, key: str, params: Mapping[str, Any] | None = None, told: Told = lambda _seen, _total: None
    ) -> Iterator[dict[str, Any]]:
        """Every object of a list, page after page."""
        seen, page = 0, 1
        while True:
            content = self.call("GET", path, params={**(params or {}), "page": page, "size": PAGE_SIZE}).content
            rows = content[key]
            total = next((content[name] for name in ("total", "total_instances") if name in content), len(rows))
            seen += len(rows)
            told(seen, total)
            yield from rows
            if not rows or seen >= total:
                return
            page += 1

    def _send(
        self,
        method: str,
        path: str,
        headers: Mapping[bytes, bytes],
        params: Mapping[str, Any] | None = None,
        **sent: Any,
    ) -> httpx.Response:
        chosen = {name: value for name, value in (params or {}).items() if value is not None}
        with self._told(path):
            return self._client.request(method, path, params=chosen or None, headers=headers, **sent)

    @contextmanager
    def _told(self, path: str) -> Iterator[None]:
        """What goes wrong on the way, as what the user is told."""
        try:
            yield
        except httpx.TimeoutException as error:
            raise Unreachable(f"{self.url} did not answer in time") from error
        except httpx.HTTPError as error:
            raise Unreachable(f"{self.url}: {error}") from error
        except (httpx.InvalidURL, ValueError) as error:
            raise Misused(f"{self.url}{path}: {error}") from error


def _reply(answer: httpx.Response) -> Reply:
    envelope = _envelope(answer)
    if envelope["code"].startswith("F"):
        raise _refused(answer, envelope)
    headers = answer.headers
    return Reply(
        envelope["content"], str(envelope.get("msg")), headers.get("ETag", ""), headers.get("X-Gateway-Revision", "")
    )


def _envelope(answer: httpx.Response) -> dict[str, Any]:
    """The parsed body. Raises `Unreachable` where it is not a gateway's."""
    try:
        found = answer.json()
    except ValueError:
        found = None
    if isinstance(found, dict) and isinstance(found.get("code"), str) and isinstance(found.get("content"), dict):
        return found
    raise Unreachable(f"{answer.request.url} answered {answer.status_code}, but not as a gateway does")


def _refused(answer: httpx.Response, envelope: dict[str, Any]) -> Refused:
    request_id = answer.headers.get("X-Request-ID", "")
    return Refused(answer.status_code, envelope["code"], str(envelope.get("msg")), envelope["content"], request_id)
