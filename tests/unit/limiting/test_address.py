"""Whose addresses are one client (G-342)."""

from __future__ import annotations

import pytest

from proxy.limiting.address import client_network


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.1", b"192.0.2.1"),
        ("::ffff:192.0.2.1", b"192.0.2.1"),
        ("2001:db8:0:7::1", b"2001:0db8:0000:0007::/64"),
        ("2001:db8:0:7:ffff::", b"2001:0db8:0000:0007::/64"),
        ("2001:db8:0:8::1", b"2001:0db8:0000:0008::/64"),
        ("fe80::1%eth0", b"fe80:0000:0000:0000::/64"),
        ("a:b", b"a:b"),
        ("", b""),
    ],
)
def test_g342_an_ipv6_network_of_64_bits_is_one_client(address: str, key: bytes) -> None:
    assert client_network(address) == key
