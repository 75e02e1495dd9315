"""What the client makes of answers, good, bad and strange. The answers are scripted; the HTTP is httpx's own."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from gateway_client.api import Api
from gateway_client.errors import Misused, Refused, Unreachable
from gateway_client.settings import Settings

Answer = Callable[[httpx.Request], httpx.Response]


def api(answer: Answer, token: str = "t") -> Api:
    return Api(Settings("http://gateway.example", token), httpx.MockTransport(answer))


def good(content: object, **headers: str) -> httpx.Response:
    return httpx.Response(200, json={"code": "S10000", "msg": "Done.", "content": content}, headers=headers)


def test_a_call_sends_the_token_the_condition_and_the_reason() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return good({"a": 1}, ETag='"e"', **{"X-Gateway-Revision": "7"})

    reply = api(answer).call("PUT", "/x?a=1", {"b": 2}, if_match='"d"', reason="上線")
    assert (reply.content, reply.message, reply.etag, reply.revision) == ({"a": 1}, "Done.", '"e"', "7")
    [request] = seen
    assert (str(request.url), json.loads(request.content)) == ("http://gateway.example/x?a=1", {"b": 2})
    assert (request.headers["Authorization"], request.headers["If-Match"]) == ("Bearer t", '"d"')
    assert (b"X-Change-Reason", "上線".encode()) in request.headers.raw


def test_a_failure_is_its_code_message_and_request_id() -> None:
    body = {"code": "F40400", "msg": "Not found.", "content": {}}
    with pytest.raises(Refused, match="F40400: Not found") as refused:
        api(lambda _: httpx.Response(404, json=body, headers={"X-Request-ID": "r1"})).call("GET", "/x")
    assert (refused.value.status, refused.value.request_id, refused.value.exit_status) == (404, "r1", 1)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"code": 5}', b'{"code": "S10000", "content": []}'])
def test_what_is_no_envelope_is_no_gateway(body: bytes) -> None:
    with pytest.raises(Unreachable, match="answered 200, but not as a gateway does"):
        api(lambda _: httpx.Response(200, content=body)).call("GET", "/x")


def test_a_gateway_that_is_not_there_or_too_slow_is_unreachable() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    def hang(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    with pytest.raises(Unreachable, match="refused"):
        api(refuse).call("GET", "/x")
    with pytest.raises(Unreachable, match="did not answer in time"):
        api(hang).call("GET", "/x")


@pytest.mark.parametrize("token", ["a\nb", "網關"])
def test_a_token_that_cannot_be_one_is_not_sent(token: str) -> None:
    with pytest.raises(Misused, match="token"):
        api(lambda _: good({}), token)


def test_a_list_is_fetched_to_its_last_page_and_progress_is_told() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        assert (request.url.params["size"], request.url.params["method"]) == ("100", "GET")
        assert "host" not in request.url.params
        rows = [{"id": number} for number in range(250)][(page - 1) * 100 : page * 100]
        return good({"total": 250, "routes": rows})

    told: list[tuple[int, int]] = []
    rows = api(answer).listed(
        "/admin/routes", "routes", {"method": "GET", "host": None}, lambda *seen: told.append(seen)
    )
    assert [row["id"] for row in rows] == list(range(250))
    assert told == [(100, 250), (200, 250), (250, 250)]


def test_a_page_of_text_or_the_envelope_of_its_refusal() -> None:
    assert api(lambda _: httpx.Response(200, text="a 1\n")).text("/metrics", "text/plain") == "a 1\n"
    body = {"code": "F50300", "msg": "x", "content": {}}
    with pytest.raises(Refused):
        api(lambda _: httpx.Response(503, json=body)).text("/metrics", "text/plain")
