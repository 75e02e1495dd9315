from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path

import pytest

from proxy.node import binding, group_signals, supervisor
from proxy.node.binding import Address, BindError, bind, parse_address, url_of
from proxy.node.plan import NodePlan


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8080", Address("127.0.0.1", 8080)),
        ("localhost:0", Address("localhost", 0)),
        ("[::1]:8080", Address("::1", 8080)),
        (":8080", Address("", 8080)),
        (" 0.0.0.0:65535 ", Address("0.0.0.0", 65535)),
    ],
)
def test_an_address_is_read(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", "8080", "host", "::1:8080", "host:", "host:65536", "host:80x", "[::1]", "a b:80"])
def test_what_is_no_address_is_refused_by_name(text: str) -> None:
    with pytest.raises(BindError, match=r"HOST:PORT|65535"):
        parse_address(text)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_bound_address_refuses_until_somebody_listens_and_can_then_be_reached(host: str) -> None:
    (sock,) = bind(Address(host, 0))
    with closing(sock):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(sock.getsockname()[:2], timeout=1)
        sock.listen()
        with closing(socket.create_connection(sock.getsockname()[:2], timeout=1)):
            assert url_of(sock).startswith("http://[::1]:" if ":" in host else "http://127.0.0.1:")
        assert not sock.get_inheritable()


def test_an_empty_host_serves_both_families() -> None:
    sockets = bind(Address("", 0))
    ports = {sock.getsockname()[1] for sock in sockets}
    for sock in sockets:
        sock.close()
    assert {sock.family for sock in sockets} <= {socket.AF_INET, socket.AF_INET6}
    assert len(ports) == 1


def test_an_address_in_use_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binding, "PATIENCE_SECONDS", 0.0)
    (taken,) = bind(Address("127.0.0.1", 0))
    with closing(taken), pytest.raises(BindError, match="is in use by another program"):
        bind(Address("127.0.0.1", taken.getsockname()[1]))


def test_an_address_that_nobody_asked_for_is_told_with_its_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(binding, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(group_signals, "leave_to_supervisor", lambda: None)
    (taken,) = bind(Address("127.0.0.1", 0))
    address = f"127.0.0.1:{taken.getsockname()[1]}"
    plan = NodePlan(binds=("127.0.0.1:0",), admin_binds=(address,), state_directory=tmp_path)
    with closing(taken), pytest.raises(BindError, match=f"{address}: .*GATEWAY_ADMIN_BIND"):
        supervisor.run(plan)


def test_an_address_of_another_machine_is_said_to_be() -> None:
    with pytest.raises(BindError, match="does not belong to this machine"):
        bind(Address("192.0.2.1", 0))


def test_a_name_that_does_not_exist_is_said_to_be() -> None:
    with pytest.raises(BindError, match="cannot be resolved"):
        bind(Address("no-such-name.invalid", 0))
