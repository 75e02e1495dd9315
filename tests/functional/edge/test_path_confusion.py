"""R-04: no spelling of a path gets past a protected route, whoever reads it behind the gateway (P1–P4, P8)."""

from __future__ import annotations

import asyncio

import pytest

from benchmarks.reliability.path_readings import READINGS
from benchmarks.reliability.traversal_strings import PROTECTED, traversal_strings
from routing.path import PathError, canonicalise
from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import Connection, answering, ok, scripted

HOST = "gateway.test"
STRINGS = traversal_strings(2_500)
PRIVATE = {"id": "private", "requires_auth": True, "rate_limit_rpm": None}
PUBLIC = {"id": "public", "rate_limit_rpm": None}
SHAPES = {
    "prefix": (route("/public/*", "/open", strip_path=True, **PUBLIC), route("/private/*", "/private/*", **PRIVATE)),
    "exact": (route("/*", "/*", **PUBLIC), route(f"/{PROTECTED}", f"/{PROTECTED}", **PRIVATE)),
    "regex": (
        route("/.*", "/", path_kind="regex", strip_path=False, **PUBLIC),
        route("/private(/.*)?", "/", path_kind="regex", strip_path=False, **PRIVATE),
    ),
}


def is_protected(shape: str, path: bytes | None) -> bool:
    if path is None:
        return False
    return path == b"/" + PROTECTED.encode() if shape == "exact" else path.split(b"/")[1] == b"private"


@pytest.mark.parametrize("handling", ["refuse", "normalise", "keep_encoded"])
@pytest.mark.parametrize("shape", SHAPES)
async def test_r04_no_spelling_reaches_the_protected_resource_without_a_token(shape, handling):
    targets: set[bytes] = set()

    async def script(connection: Connection) -> None:
        while True:
            head = await connection.read_head()
            targets.add(head.split(b" ")[1])
            await connection.send(ok())

    public, private = SHAPES[shape]
    routes = [route(**{**_fields(one), "path_handling": handling}) for one in (public, private)]
    async with scripted(script) as upstream, edge_gateway(*routes, services=(service(upstream.port),)) as gateway:
        shares = [STRINGS[place::8] for place in range(8)]
        statuses = [status for some in await asyncio.gather(*[ask(gateway.port, s) for s in shares]) for status in some]
    reached = {
        (target, reader)
        for target in targets
        for reader, reading in READINGS.items()
        if is_protected(shape, reading(target))
    }
    assert not reached
    assert {400, 401} <= set(statuses) <= {200, 400, 401, 404}


def _fields(spec) -> dict[str, object]:
    return {name: getattr(spec, name) for name in spec.__dataclass_fields__}


async def ask(port: int, strings: list[str]) -> list[int]:
    """The status of each; a connection that the gateway closes is opened anew."""
    statuses: list[int] = []
    waiting = list(reversed(strings))
    while waiting:
        async with RawClient(port) as client:
            while waiting:
                answer = await client.ask(get(waiting.pop().replace("HOST", HOST), host=HOST))
                statuses.append(answer.status)
                if answer.header(b"connection") == b"close":
                    break
    return statuses


async def test_p3_what_another_route_is_for_is_not_had_by_encoding_its_delimiters():
    """A route that keeps encoded delimiters serves them, unless decoded they are another route's."""
    open_route = route("/*", "/*", path_handling="keep_encoded", **PUBLIC)
    protected = route("/private/*", "/private/*", **PRIVATE)
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(open_route, protected, services=(service(upstream.port),)) as gateway,
    ):
        kept = ["/files/a%2Fb", "/files/100%25-off", "/files/a%252Fb", "/files/a%5Cb", "/files/a%3Bb"]
        assert set(await ask(gateway.port, kept)) == {200}
        hidden = [
            "/private%2Fx",
            "/private%5Cx",
            "/private%252fx",
            "/private%3Bx/y",
            "/%2Fprivate/x",
            "/private%2Fx%25zz",
        ]
        assert set(await ask(gateway.port, hidden)) == {400}


def test_p1_the_canonical_form_of_every_string_is_its_own_canonical_form():
    for string in traversal_strings(23_000):
        try:
            path = canonicalise(string.partition("?")[0].encode("latin-1")).path
        except PathError:
            continue
        again = canonicalise(path)
        assert again.path == path, string
