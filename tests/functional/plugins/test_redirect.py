"""Answers that send the client elsewhere, and never where the client says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some
from jsonschema import Draft202012Validator

from proxy.stages.redirect import SCHEMA, check
from routing.path import PathError, canonicalise
from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.raw_client import ask_all, get
from tests.common.scripted_upstream import answering, ok, scripted


def to(**config):
    return {"plugins": {"redirect": config}}


async def locations(spec, *requests: bytes, **options):
    async with edge_gateway(spec, services=(service(),), **options) as gateway:
        return [(one.status, one.header(b"location")) for one in await ask_all(gateway.port, *requests)]


@pytest.mark.parametrize(
    ("location", "target", "wanted"),
    [
        ("/new", "/a/b?c=1", b"/new"),
        ("$path$query", "/a/b?c=1", b"/a/b?c=1"),
        ("/new$path$query", "/a/b", b"/new/a/b"),
        ("https://new.example.com$path$query", "/a/b?c=%22", b"https://new.example.com/a/b?c=%22"),
        ("https://new.example.com:8443/x?from=$path", "/a/b", b"https://new.example.com:8443/x?from=/a/b"),
        ("https://$host:8443$path", "/a/%41", b"https://old.example.com:8443/a/A"),
    ],
)
async def test_a_location_is_filled_in(location: str, target: str, wanted: bytes):
    old = route(hosts=("old.example.com",), **to(location=location, status=308))
    assert await locations(old, get(target, host="old.example.com")) == [(308, wanted)]


async def test_https_sends_only_those_on_who_came_over_http():
    secure = route(hosts=("*.example.com",), **to(https=True, status=301))
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(secure, services=(service(upstream.port),), trusted_proxies=("127.0.0.1",)) as gateway,
    ):
        requests = [
            get("/a?b=1", *told, host="A.example.com:80")
            for told in ([], ["X-Forwarded-Proto: https"], ["X-Forwarded-Proto: https, http"])
        ]
        found = await ask_all(gateway.port, *requests)
        assert [one.status for one in found] == [301, 200, 301]
        assert found[0].header(b"location") == b"https://a.example.com/a?b=1"


async def test_the_word_of_a_stranger_about_https_does_not_count():
    secure = route(hosts=("a.example.com",), **to(https=True))
    found = await locations(secure, get("/", "X-Forwarded-Proto: https", host="a.example.com"))
    assert found == [(302, b"https://a.example.com/")]


@pytest.mark.parametrize("config", [{"https": True}, {"location": "https://$host/x"}])
async def test_a_host_is_taken_from_a_request_only_where_the_route_names_hosts(config):
    assert await locations(route(**to(**config)), get("/", host="evil.example")) == [(500, None)]


@pytest.mark.parametrize(
    "location",
    [
        "//evil.example", "/$path", "//$path", "https://$path", "https:/$path", "https:///x", "$query", "x", "",
        "javascript:alert(1)", "https://a@b/x", "https://a.example.com.$path", "https://a$host/", "https://$hostile/",
        "/x$host", "/\\evil.example", "/a b", "/a\r\nx: y", "https://a/$unknown", "/名", "https://a.example$path//$host",
    ],
)  # fmt: skip
def test_a_location_whose_host_could_be_the_clients_is_refused(location: str):
    assert not Draft202012Validator(SCHEMA).is_valid({"location": location}) or is_refused({"location": location})


def is_refused(config) -> bool:
    try:
        check(config)
    except ValueError:
        return True
    return False


@given(some.text(some.sampled_from("/\\.%2Ffa@:e?;"), min_size=1, max_size=12))
def test_no_path_begins_like_a_host(path: str):
    try:
        canonical = canonicalise(b"/" + path.encode()).path
    except PathError:
        return
    assert canonical.startswith(b"/")
    assert not canonical.startswith((b"//", b"/\\"))
