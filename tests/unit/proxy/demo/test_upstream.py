from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer

import httpx
import pytest

from proxy.demo.upstream import EchoHandler


@pytest.fixture
def upstream() -> Iterator[str]:
    handler = type("Handler", (EchoHandler,), {"instance_name": "demo-blue"})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_it_tells_what_reached_it_but_not_the_token(upstream: str) -> None:
    headers = {"X-User-ID": "demo-user", "Authorization": "Bearer secret"}
    answer = httpx.request("PURGE", f"{upstream}/a?b=c", headers=headers, trust_env=False).json()
    assert answer["instance"] == "demo-blue"
    assert (answer["method"], answer["path"]) == ("PURGE", "/a?b=c")
    assert answer["headers"]["X-User-ID"] == "demo-user"
    assert "secret" not in str(answer)


def test_a_kept_connection_survives_bodies_of_both_kinds(upstream: str) -> None:
    with httpx.Client(base_url=upstream, trust_env=False) as client:
        assert client.post("/length", content=b"x" * 100_000).json()["path"] == "/length"
        assert client.post("/chunks", content=iter([b"one", b"two"])).json()["path"] == "/chunks"
        assert client.head("/nothing").text == ""
        assert client.get("/health").json() == {"instance": "demo-blue", "status": "healthy"}


def test_broken_framing_ends_the_connection_without_an_answer(upstream: str) -> None:
    host, _, port = upstream.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n\r\n")
        assert client.recv(1000) == b""
