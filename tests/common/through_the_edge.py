"""One client's bytes through the real edge to an upstream that keeps every byte."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from routing.spec import RouteSpec
from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.raw_client import Answer, RawClient
from tests.common.scripted_upstream import Script, echoing, scripted


@dataclass
class Passed:
    """The answers the client got and what the upstream's connections received."""

    answers: list[Answer] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)
    closed: bool = False

    @property
    def status(self) -> int:
        """Of the first answer."""
        return self.answers[0].status

    @property
    def upstream(self) -> bytes:
        """Everything the upstream was sent."""
        return b"".join(self.received)

    @property
    def lines(self) -> list[bytes]:
        """The lines of the first request's head as the upstream got it."""
        return self.upstream.partition(b"\r\n\r\n")[0].split(b"\r\n")

    def sent(self, name: bytes) -> list[bytes]:
        """The values of a field in the first request at the upstream."""
        fields = (line.partition(b":") for line in self.lines[1:])
        return [value.strip() for key, _, value in fields if key.lower() == name.lower()]


async def through(
    *pieces: bytes,
    script: Script | None = None,
    routes: tuple[RouteSpec, ...] = (),
    answers: int = 1,
    method: bytes = b"GET",
    plain: dict[str, Any] | None = None,
    **options: Any,
) -> Passed:
    """Sends the pieces over one connection and reads `answers`; `plain` are fields of the one open route."""
    async with (
        scripted(script or echoing("u")) as upstream,
        edge_gateway(*(routes or (route(**(plain or {})),)), services=(service(upstream.port),), **options) as gateway,
        RawClient(gateway.port) as client,
    ):
        passed = Passed()
        for piece in pieces:
            await client.send(piece)
        for _ in range(answers):
            passed.answers.append(await client.answer(method))
        if passed.answers and passed.answers[-1].header(b"connection") == b"close":
            passed.closed = await client.is_closed()
        passed.received = [connection.received for connection in upstream.connections]
        return passed


def is_refused(passed: Passed, status: int = 400) -> bool:
    """Refused with `status` and closed, and the upstream was not asked."""
    return passed.status == status and passed.closed and not passed.upstream
