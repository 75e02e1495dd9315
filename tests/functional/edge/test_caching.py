"""The response cache on the real edge: what is kept, served, confirmed (G-405, R-18, edge rules C1 to C5)."""

from __future__ import annotations

import asyncio

import pytest

from tests.common.cached_origin import FRESH, NOT_MODIFIED, Origin, ask, cached, exchange_all, reply, words
from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.raw_client import RawClient, get, post
from tests.common.scripted_upstream import scripted


async def test_g405_the_second_request_is_answered_from_the_store_with_its_age():
    origin = Origin(reply(FRESH, b"Date: Sat, 21 Nov 2020 00:00:00 GMT", b"Age: 7", b"Cache-Tag: a"))
    origin.answers[0] = origin.answers[0].replace(b"Date: Sat, 21 Nov 2020 00:00:00 GMT\r\n", b"")
    first, second = await exchange_all(origin, get("/x"), get("/x"))
    assert words([first, second]) == [b"miss", b"hit"]
    assert (first.body, second.body) == (b"000000", b"000000")
    assert second.header(b"age") == b"7"
    assert second.header(b"content-length") == b"6"
    assert first.header(b"cache-tag") is None
    assert first.header(b"x-request-id") != second.header(b"x-request-id")
    assert len(origin.heads) == 1


@pytest.mark.parametrize(
    "fields",
    [(b"Cache-Control: no-store",), (b"Cache-Control: private",), (FRESH, b"Set-Cookie: a=b"), (FRESH, b"Vary: *"),
     (FRESH, b"Vary: X-Real-IP")],
)  # fmt: skip
async def test_c2_what_may_not_be_shared_is_not_kept(fields):
    answers = await exchange_all(Origin(reply(*fields)), get("/x"), get("/x"))
    assert [answer.body for answer in answers] == [b"000000", b"000001"]


async def test_g405_the_routes_time_applies_where_the_upstream_names_none_but_not_to_errors():
    found = await exchange_all(Origin(reply()), get("/x"), get("/x"), cache_ttl_seconds=9)
    assert words(found) == [b"miss", b"hit"]
    found = await exchange_all(Origin(reply(status=b"404 Not Found")), get("/x"), get("/x"), cache_ttl_seconds=9)
    assert words(found) == [b"miss", b"miss"]


async def test_c1_host_path_query_and_vary_choose_the_reply():
    requests = [get("/x"), get("/x", host="other.test"), get("/y"), get("/x?a=1"), get("/x", "Lang: de"), get("/x")]
    found = await exchange_all(Origin(reply(FRESH, b"Vary: Lang")), *requests)
    assert words(found) == [b"miss"] * 5 + [b"hit"]


async def test_g405_a_stale_reply_is_confirmed_and_its_fields_renewed():
    first = reply(b"Cache-Control: max-age=0", b'ETag: "v1"', b"X-Old: 1")
    origin = Origin(first, NOT_MODIFIED)
    found = await exchange_all(origin, get("/x"), get("/x"), get("/x"))
    assert words(found) == [b"miss", b"revalidated", b"hit"]
    assert b'if-none-match: "v1"' in origin.heads[1]
    assert [answer.body for answer in found] == [b"000000"] * 3
    assert (found[2].header(b"x-old"), found[2].header(b"x-new")) == (b"1", b"1")


async def test_g405_conditions_of_clients_are_answered_from_the_store():
    origin = Origin(reply(FRESH, b'ETag: "v1"', body=b"0123456789"))
    requests = [
        get("/x"),
        get("/x", 'If-None-Match: "v0", "v1"'),
        get("/x", "Range: bytes=2-4"),
        get("/x", "Range: bytes=20-"),
        get("/x", 'If-None-Match: "v2"'),
        get("/x").replace(b"GET", b"HEAD"),
    ]
    found = await exchange_all(origin, *requests)
    assert [answer.status for answer in found] == [200, 304, 206, 416, 200, 200]
    assert (found[2].body, found[2].header(b"content-range")) == (b"234", b"bytes 2-4/10")
    assert (found[5].body, found[5].header(b"content-length")) == (b"", b"10")
    assert len(origin.heads) == 1


async def test_g405_a_change_makes_the_address_and_those_it_names_doubtful():
    origin = Origin(reply(FRESH, b"Location: /y", b"Content-Location: http://elsewhere.test/z"))
    gets = [get("/x"), get("/y"), get("/z")]
    found = await exchange_all(origin, *gets, post("/x", b"new"), *gets)
    assert words(found) == [b"miss"] * 3 + [b"bypass"] + [b"miss", b"miss", b"hit"]


async def test_g405_a_change_by_a_route_that_is_not_cached_counts_too():
    origin = Origin(reply(FRESH))
    routes = (cached(methods=("GET",)), route(id="other", methods=("POST",)))
    async with (
        scripted(origin.script) as upstream,
        edge_gateway(*routes, services=(service(upstream.port),)) as gateway,
    ):
        found = await ask(gateway, get("/x"), get("/x"), post("/x", b"new"), get("/x"))
    assert words(found) == [b"miss", b"hit", None, b"miss"]


async def test_g405_stale_while_revalidate_answers_at_once_and_fetches_behind():
    origin = Origin(reply(b"Cache-Control: max-age=0, stale-while-revalidate=60"), reply(FRESH))
    async with (
        scripted(origin.script) as upstream,
        edge_gateway(cached(), services=(service(upstream.port),)) as gateway,
    ):
        found = await ask(gateway, get("/x"), get("/x"))
        for _ in range(200):
            if len(origin.heads) == 2 and not gateway.runtime.live.cache._refreshes:
                break
            await asyncio.sleep(0.01)
        found += await ask(gateway, get("/x"))
    assert words(found) == [b"miss", b"stale", b"hit"]
    assert [answer.body for answer in found] == [b"000000", b"000000", b"000001"]


@pytest.mark.parametrize("failure", [b"", reply(status=b"503 Service Unavailable")])
async def test_g405_stale_if_error_answers_when_the_upstream_does_not(failure):
    kept = reply(b"Cache-Control: max-age=0, stale-if-error=60")
    found = await exchange_all(Origin(kept, failure), get("/x"), get("/x"), retry_count=0)
    assert words(found) == [b"miss", b"stale"]
    assert [(answer.status, answer.body) for answer in found] == [(200, b"000000")] * 2
    kept = reply(b"Cache-Control: max-age=0, stale-if-error=60, must-revalidate", b'ETag: "a"')
    found = await exchange_all(Origin(kept, failure), get("/x"), get("/x"), retry_count=0)
    assert found[1].status in (502, 503)


async def test_f11_a_body_that_is_cut_is_never_kept():
    cut = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 9\r\n\r\nshort"

    async def script(connection) -> None:
        await connection.read_head()
        await connection.send(cut)
        connection.writer.close()

    async with (
        scripted(script) as upstream,
        edge_gateway(cached(retry_count=0), services=(service(upstream.port),)) as gateway,
    ):
        for _ in range(2):
            async with RawClient(gateway.port) as client:
                await client.send(get("/x"))
                with pytest.raises(Exception):  # noqa: B017, PT011 - h11's or the socket's, as the bytes fall
                    await client.answer()
        assert len(upstream.connections) == 2


async def test_g405_a_reply_longer_than_the_bound_goes_through_and_is_not_kept():
    origin = Origin(reply(FRESH, body=b"x" * 2000))
    async with (
        scripted(origin.script) as upstream,
        edge_gateway(cached(), services=(service(upstream.port),), cache_max_entry_bytes=1999) as gateway,
    ):
        found = await ask(gateway, get("/x"), get("/x"))
    assert words(found) == [b"miss", b"miss"]
    assert [len(answer.body) for answer in found] == [2000, 2000]


async def test_g405_only_if_cached_is_504_without_a_stored_reply():
    found = await exchange_all(
        Origin(reply(FRESH)), get("/x", "Cache-Control: only-if-cached"), get("/x"),
        get("/x", "Cache-Control: only-if-cached"), get("/x", "Cache-Control: no-store"),
    )  # fmt: skip
    assert [answer.status for answer in found] == [504, 200, 200, 200]
    assert words(found)[1:] == [b"miss", b"hit", b"bypass"]


async def test_g405_a_client_with_a_copy_of_its_own_fills_the_store_for_others():
    found = await exchange_all(Origin(reply(FRESH, b'ETag: "new"')), get("/x", 'If-None-Match: "old"'), get("/x"))
    assert words(found) == [b"bypass", b"hit"]


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", True),
        (b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n", False),
        (b"Connection: close\r\n\r\nabc", False),
    ],
)
async def test_f11_only_a_body_whose_end_is_certain_is_kept(answer, kept):
    async def script(connection) -> None:
        await connection.read_head()
        await connection.send(b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n" + answer)
        connection.writer.close()

    async with (
        scripted(script) as upstream,
        edge_gateway(cached(), services=(service(upstream.port),)) as gateway,
    ):
        found = await ask(gateway, get("/x")) + await ask(gateway, get("/x"))
    assert [answer.body for answer in found] == [b"abc", b"abc"]
    assert words(found) == [b"miss", b"hit" if kept else b"miss"]
