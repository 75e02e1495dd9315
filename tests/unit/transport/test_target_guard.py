"""What may be connected to (P7, R-22): judged as an address, whatever it was written as."""

from __future__ import annotations

import pytest

from proxy.options import DENIED_TARGETS, GatewayOptions
from proxy.transport.target_guard import TargetDenied, TargetGuard, key_guard, target_guard

BY_DEFAULT = target_guard(GatewayOptions())
KEYS = key_guard(GatewayOptions())


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "169.254.0.1", "169.254.255.255", "fe80::1", "fe80::1%eth0", "febf::1", "fd00:ec2::254",
        "100.100.100.200", "168.63.129.16", "0.0.0.0", "0.1.2.3", "::", "224.0.0.1", "239.255.255.255", "ff02::1",
        "255.255.255.255", "240.0.0.1", "::ffff:169.254.169.254", "::ffff:0:0", "::169.254.169.254",
        "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1",
    ],
)  # fmt: skip
def test_p7_denied_by_default(address: str) -> None:
    assert BY_DEFAULT.denies(address, 80)
    assert KEYS.denies(address, 80)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "fd00::1"])
def test_p7_loopback_and_private_networks_are_for_instances_and_not_for_keys(address: str) -> None:
    assert not BY_DEFAULT.denies(address, 80)
    assert KEYS.denies(address, 80)


@pytest.mark.parametrize("address", ["1.1.1.1", "169.253.255.255", "169.255.0.0", "2606:4700::1111"])
def test_p7_the_rest_of_the_world_is_for_both(address: str) -> None:
    assert not BY_DEFAULT.denies(address, 80)
    assert not KEYS.denies(address, 80)


def test_p7_keys_may_lie_in_inner_networks_that_are_named_but_never_in_denied_ones() -> None:
    guard = TargetGuard(DENIED_TARGETS, ["10.0.0.0/8", "169.254.0.0/16"])
    assert not guard.denies("10.1.2.3", 443)
    assert guard.denies("192.168.1.1", 443)
    assert guard.denies("169.254.169.254", 443)


@pytest.mark.parametrize(
    ("listener", "denied", "allowed"),
    [
        ("127.0.0.1:9000", [("127.0.0.1", 9000), ("::ffff:127.0.0.1", 9000)], [("127.0.0.1", 80), ("127.0.0.2", 9000)]),
        ("127.0.0.1:9000", [("0.0.0.0", 9000), ("::ffff:0.0.0.0", 9000)], [("0.0.0.0", 80)]),
        ("[::1]:9000", [("::1", 9000), ("::", 9000)], [("127.0.0.1", 9000)]),
        ("0.0.0.0:9000", [("127.0.0.1", 9000), ("127.9.9.9", 9000), ("::1", 9000)], [("192.0.2.1", 9000)]),
        ("[::]:9000", [("127.0.0.1", 9000), ("::1", 9000)], [("192.0.2.1", 9000), ("127.0.0.1", 80)]),
    ],
)  # fmt: skip
def test_a5_a_listener_is_denied_at_its_port_only(listener: str, denied: list, allowed: list) -> None:
    guard = TargetGuard([listener])
    assert all(guard.denies(address, port) for address, port in denied)
    assert not any(guard.denies(address, port) for address, port in allowed)


@pytest.mark.parametrize(
    "text", ["", "nowhere", "10.0.0.1/8", "10.0.0.0/33", "127.0.0.1:0", "127.0.0.1:65536", "::1:80:x", "a:80"]
)
def test_an_entry_that_is_neither_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        TargetGuard([text])


async def test_p7_of_several_addresses_only_the_allowed_are_left() -> None:
    found = ["169.254.169.254", "192.0.2.1", "fe80::1"]

    async def resolved(_host: str, _port: int) -> list[str]:
        return found

    guard = TargetGuard(DENIED_TARGETS, resolve=resolved)
    assert await guard.addresses("mixed.example", 80) == ["192.0.2.1"]
    found.remove("192.0.2.1")
    with pytest.raises(TargetDenied, match="169"):
        await guard.addresses("mixed.example", 80)


async def test_p7_no_host_is_no_host() -> None:
    """The resolver would take an empty name for this machine."""
    with pytest.raises(TargetDenied):
        await BY_DEFAULT.addresses("", 80)
