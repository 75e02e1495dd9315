from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.address_set import AddressSet


@pytest.mark.parametrize(
    ("network", "inside", "outside"),
    [
        ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
        ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
        ("10.0.0.0/8", "::ffff:10.1.2.3", "::ffff:11.1.2.3"),
        ("::ffff:10.0.0.0/104", "10.1.2.3", "11.1.2.3"),
        ("2001:db8::/32", "2001:DB8::1", "2001:db9::1"),
        ("::/0", "::1", "127.0.0.1"),
        ("0.0.0.0/0", "127.0.0.1", "::1"),
    ],
)
def test_g344_an_address_lies_in_its_network(network: str, inside: str, outside: str) -> None:
    found = AddressSet([network])
    assert inside in found
    assert outside not in found


@pytest.mark.parametrize("text", ["", "unix", "10.0.0", "10.0.0.1%eth0", "fe80::1%1"])
def test_g344_what_is_no_address_lies_nowhere(text: str) -> None:
    assert text not in AddressSet(["0.0.0.0/0", "::/0"])


@pytest.mark.parametrize("text", ["10.0.0.1/8", "10.0.0.0/33", "x", "", "2001:db8::1/32"])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        AddressSet([text])


ADDRESSES = st.ip_addresses(v=4) | st.ip_addresses(v=6)


@given(st.lists(st.tuples(ADDRESSES, st.integers(0, 128)), max_size=5), ADDRESSES)
def test_it_agrees_with_the_standard_library(given_networks, address) -> None:
    networks = [
        ip_network((int(base) >> (base.max_prefixlen - length) << (base.max_prefixlen - length), length))
        if base.version == 6
        else ip_network(f"{base}/{length}", strict=False)
        for base, length in ((base, min(length, base.max_prefixlen)) for base, length in given_networks)
    ]
    networks = [network for network in networks if network.version == 4 or network.prefixlen < 96]
    plain = ip_address(str(getattr(address, "ipv4_mapped", None) or address))
    assert (str(address) in AddressSet(map(str, networks))) == any(plain in network for network in networks)
