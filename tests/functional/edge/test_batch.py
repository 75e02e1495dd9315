"""Batches on the real edge: each part goes the way of a request from outside (G-290, R-21, edge rules B)."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from typing import Any

import pytest

from tests.common.edge_gateway import EdgeGateway, bearer, edge_gateway, is_at_rest, route, service
from tests.common.raw_client import Answer, RawClient, get, post
from tests.common.scripted_upstream import Connection, answering, echoing, ok, read_request, scripted

JSON = "Content-Type: application/json"


async def batch(gateway: EdgeGateway, *requests: dict[str, Any], fields: tuple[str, ...] = (), **more: Any) -> Any:
    """The responses of a batch that must be taken."""
    answer = await sent(gateway, json.dumps({"requests": requests, **more}).encode(), *fields)
    assert answer.status == 200, answer.body
    document = json.loads(answer.body)
    assert (document["code"], set(document)) == ("S10000", {"code", "msg", "content"})
    return document["content"]["responses"]


async def sent(gateway: EdgeGateway, body: bytes, *fields: str, path: str = "/gateway/batch") -> Answer:
    async with RawClient(gateway.port) as client:
        return await client.ask(post(path, body, JSON, *fields))


async def test_g290_parts_are_routed_like_requests_and_answered_in_their_order():
    async with (
        scripted(echoing("one")) as upstream,
        edge_gateway(route("/a/*", "/b/*"), services=(service(upstream.port),)) as gateway,
    ):
        answers = await batch(
            gateway,
            {"id": "x", "path": "/a/1", "query": {"q": "ä"}},
            {"id": 7, "path": "/none"},
            {"path": "/a/2", "method": "POST", "body": {"n": 1.0}, "headers": {"X-Own": "yes"}},
        )
        assert [(one["id"], one["status"]) for one in answers] == [("x", 200), (7, 404), (2, 200)]
        assert answers[0]["body"] == "one GET /b/1?q=%C3%A4 "
        assert answers[1]["body"]["code"] == "F40400"
        assert answers[2]["body"] == 'one POST /b/2 {"n": 1.0}'
        assert answers[0]["headers"]["x-upstream"] == "one"
        assert any(b"\r\nx-own: yes\r\n" in connection.received for connection in upstream.connections)


async def test_g290_bodies_come_back_as_json_text_or_base64():
    bodies = {
        b"/json": ok(b'{"n": 1.10}', b"content-type: application/json").replace(b"content-type: text/plain\r\n", b""),
        b"/lies": ok(b"{", b"content-type: application/json").replace(b"content-type: text/plain\r\n", b""),
        b"/text": ok("中".encode()),
        b"/bytes": ok(b"\xff\x00"),
        b"/zipped": ok(b"abc", b"content-encoding: gzip"),
        b"/empty": b"HTTP/1.1 204 No Content\r\nset-cookie: a=1\r\nset-cookie: b=2\r\nx: 1\r\nx: 2\r\n\r\n",
    }

    async def script(connection: Connection) -> None:
        head = await connection.read_head()
        await connection.send(bodies[head.split(b" ")[1]])
        await connection.until_closed()

    async with scripted(script) as upstream, edge_gateway(route(), services=(service(upstream.port),)) as gateway:
        body = json.dumps({"requests": [{"path": path.decode()} for path in bodies]}).encode()
        answer = await sent(gateway, body)
        assert b'"body":{"n": 1.10}' in answer.body
        found = json.loads(answer.body)["content"]["responses"]
        assert [one.get("body") for one in found] == [{"n": 1.1}, "{", "中", None, None, None]
        assert [one.get("body_base64") for one in found] == [
            None, None, None, base64.b64encode(b"\xff\x00").decode(), base64.b64encode(b"abc").decode(), None,
        ]  # fmt: skip
        assert (found[5]["headers"]["set-cookie"], found[5]["headers"]["x"]) == (["a=1", "b=2"], "1, 2")
        assert "content-length" not in found[0]["headers"]


async def test_g290_the_callers_token_counts_for_every_part_and_each_is_judged_alone():
    routes = (
        route("/open", "/"), route("/known", "/", requires_auth=True),
        route("/held", "/", required_permissions=("p",)), route("/other", "/", required_permissions=("q",)),
    )  # fmt: skip
    paths = [{"path": one.path_pattern} for one in routes]
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(*routes, services=(service(upstream.port),)) as gateway,
    ):
        assert [one["status"] for one in await batch(gateway, *paths)] == [200, 401, 401, 401]
        answers = await batch(gateway, *paths, fields=(bearer(permissions=["p"]),))
        assert [one["status"] for one in answers] == [200, 200, 200, 403]


@pytest.mark.parametrize(
    "path",
    ["/admin/routes", "/console/", "/health", "/metrics", "/gateway/batch", "/gateway", "/static/x", "/%61dmin/routes"],
)
@pytest.mark.parametrize("surface", ["all", "traffic"])
async def test_r21_neither_the_control_plane_nor_another_batch_is_reached(path, surface):
    async with edge_gateway(services=(), surface=surface) as gateway:
        (answer,) = await batch(gateway, {"path": path, "method": "POST", "body": {"requests": [{"path": "/"}]}})
        assert (answer["status"], answer["body"]["code"]) == (404, "F40400")


async def test_r21_the_limiter_counts_every_part():
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(rate_limit_rpm=5), services=(service(upstream.port),)) as gateway,
    ):
        statuses = [one["status"] for one in await batch(gateway, *[{"path": "/"}] * 8)]
        assert sorted(statuses) == [200] * 5 + [429] * 3


async def test_r21_identity_and_address_are_those_of_the_outer_request():
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(), services=(service(upstream.port),), trusted_proxies=("127.0.0.1",)) as gateway,
    ):
        await batch(gateway, {"path": "/"}, fields=("X-Forwarded-For: 192.0.2.7", "X-User-Id: admin", "Cookie: c"))
        received = upstream.connections[0].received.lower()
        assert b"\r\nx-forwarded-for: 192.0.2.7" in received
        assert b"\r\nhost: 127.0.0.1" in received
        for absent in (b"x-user-id", b"cookie", b"content-length", b"content-type"):
            assert b"\r\n" + absent not in received
        answer = await sent(gateway, b'{"requests": [{"path": "/", "headers": {"X-Real-IP": "1.1.1.1"}}]}')
        assert (answer.status, len(upstream.connections[0].received)) == (400, len(received))


async def test_r21_a_slow_part_is_late_alone_and_in_its_time():
    async def script(connection: Connection) -> None:
        head = await connection.read_head()
        if b"/slow" not in head:
            await connection.send(ok())
        await connection.until_closed()

    async with scripted(script) as upstream, edge_gateway(route(), services=(service(upstream.port),)) as gateway:
        began = time.monotonic()
        answers = await batch(gateway, {"path": "/a"}, {"path": "/slow"}, {"path": "/b"}, timeout_seconds=0.4)
        assert time.monotonic() - began > 0.3
        assert [one["status"] for one in answers] == [200, 504, 200]
        assert answers[1]["body"]["code"] == "F50400"
        assert await is_at_rest(gateway)


async def test_g290_parts_are_side_by_side():
    waiting = asyncio.Barrier(10)

    async def script(connection: Connection) -> None:
        await connection.read_head()
        await waiting.wait()
        await connection.send(ok())
        await connection.until_closed()

    async with scripted(script) as upstream, edge_gateway(route(), services=(service(upstream.port),)) as gateway:
        assert {one["status"] for one in await batch(gateway, *[{"path": "/"}] * 10)} == {200}


async def test_g290_a_part_that_fails_fails_alone():
    async def script(connection: Connection) -> None:
        head = await connection.read_head()
        if b"/cut" in head:
            await connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc")
            connection.reset()
        elif b"/broken" in head:
            await connection.send(b"nonsense\r\n\r\n")
        elif b"/error" in head:
            await connection.send(b"HTTP/1.1 500 Oh\r\ncontent-length: 4\r\n\r\nsaid")
        else:
            await connection.send(ok())
        await connection.until_closed()

    paths = ("/good", "/cut", "/broken", "/error", "/..%2f", "/a/../b")
    async with (
        scripted(script) as upstream,
        edge_gateway(route(retry_count=0), services=(service(upstream.port),)) as gateway,
    ):
        answers = await batch(gateway, *[{"path": path} for path in paths], {"path": "/", "method": "TRACE"})
        assert [one["status"] for one in answers] == [200, 502, 502, 500, 400, 400, 405]
        assert answers[3]["body"] == "said"
        assert await is_at_rest(gateway)


async def test_r21_the_answers_have_room_for_so_much_together():
    async with (
        scripted(answering(ok(b"x" * 3000))) as upstream,
        edge_gateway(route(), services=(service(upstream.port),), batch_max_bytes=10_000) as gateway,
    ):
        answers = await batch(gateway, *[{"path": "/"}] * 5)
        assert sorted(one["status"] for one in answers) == [200, 200, 200, 502, 502]


@pytest.mark.parametrize("chunked", [False, True])
async def test_r10_the_body_of_a_batch_is_limited_exactly(chunked):
    def document(size: int) -> bytes:
        body = b'{"requests": [{"path": "/none"}]}'
        return body + b" " * (size - len(body))

    async with edge_gateway(services=(), batch_max_bytes=1000) as gateway:
        for size, status in ((999, 200), (1000, 200), (1001, 413)):
            request = post("/gateway/batch", document(size), JSON)
            if chunked:
                head = request.partition(b"\r\n\r\n")[0].replace(
                    b"Content-Length: %d" % size, b"Transfer-Encoding: chunked"
                )
                request = head + b"\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (size, document(size))
            async with RawClient(gateway.port) as client:
                assert (await client.ask(request)).status == status


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"requests": [{"path": "/", "path": "/"}]}', "path"),
        (b'{"requests": [{"path": "/", "body": NaN}]}', "non_field_errors"),
        (b'{"requests": [{"path": "/", "headers": {"Host": "x"}}]}', "requests.0.headers.Host"),
        (b'{"requests": [{"path": "/", "\\ud800": 1}]}', "requests.0.\\ud800"),
    ],
)
async def test_g014_a_bad_batch_is_refused_whole_and_in_the_clients_language(body, field):
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
    ):
        english = json.loads((await sent(gateway, body, "Accept-Language: en")).body)
        chinese = json.loads((await sent(gateway, body)).body)
        assert english["code"] == chinese["code"] == "F40000"
        assert list(english["content"]["errors"]) == list(chinese["content"]["errors"]) == [field]
        assert english["content"]["errors"] != chinese["content"]["errors"]
        assert not upstream.connections


async def test_g290_what_is_no_post_of_json_is_told_so():
    async with edge_gateway(services=()) as gateway, RawClient(gateway.port) as client:
        answer = await client.ask(get("/gateway/batch"))
        assert (answer.status, answer.header(b"allow")) == (405, b"POST, OPTIONS")
        asked = await client.ask(get("/gateway/batch").replace(b"GET", b"OPTIONS", 1))
        assert (asked.status, asked.header(b"allow"), json.loads(asked.body)["code"]) == (
            200,
            b"POST, OPTIONS",
            "S10000",
        )
        assert (await client.ask(post("/gateway/batch", b"{}"))).status == 400
        assert (await client.ask(post("/gateway/batch/", b"{}", JSON))).status == 404


async def test_g290_the_path_is_a_setting():
    async with (
        scripted(echoing("one")) as upstream,
        edge_gateway(route(), services=(service(upstream.port),), batch_path="/many") as gateway,
    ):
        body = b'{"requests": [{"path": "/many"}, {"path": "/x"}]}'
        answer = json.loads((await sent(gateway, body, path="/many")).body)
        assert [one["status"] for one in answer["content"]["responses"]] == [404, 200]
        assert (await sent(gateway, body)).status == 404
    async with edge_gateway(route(), services=(service(),), batch_path="") as gateway:
        assert (await sent(gateway, body)).status == 404


async def test_t2_a_client_that_leaves_ends_its_parts():
    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.until_closed()

    never = route(timeout_seconds=60)
    async with scripted(script) as upstream, edge_gateway(never, services=(service(upstream.port),)) as gateway:
        async with RawClient(gateway.port) as client:
            await client.send(post("/gateway/batch", b'{"requests": [{"path": "/"}, {"path": "/"}]}', JSON))
            while len(upstream.connections) < 2:
                await asyncio.sleep(0.01)
        for connection in upstream.connections:
            await asyncio.wait_for(connection.ended.wait(), 20)
        assert await is_at_rest(gateway)


async def test_g290_a_body_goes_up_whole_and_alone():
    import h11

    got: list[bytes] = []

    async def script(connection: Connection) -> None:
        _request, body = await read_request(h11.Connection(h11.SERVER), connection)
        got.append(body)
        await connection.send(ok())
        await connection.until_closed()

    bodies = [bytes([place]) * 100_000 for place in range(5)]
    async with scripted(script) as upstream, edge_gateway(route(), services=(service(upstream.port),)) as gateway:
        parts = [{"path": "/", "method": "PUT", "body_base64": base64.b64encode(body).decode()} for body in bodies]
        assert {one["status"] for one in await batch(gateway, *parts)} == {200}
        assert sorted(got) == bodies
