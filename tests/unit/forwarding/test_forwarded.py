"""G-344 and the edge rules H3 and H4."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.forwarding import forwarded as module
from proxy.forwarding.forwarded import ForwardedFields, client_address
from proxy.forwarding.forwarded_elements import forwarded_element, node_of, parse_forwarded
from proxy.forwarding.trusted_peers import TrustedPeers, parse_address
from proxy.forwarding.via import is_loop, via_value

TRUSTED = TrustedPeers(["10.0.0.0/8", "2001:db8::/32"])
PROXY, STRANGER = "10.0.0.1", "203.0.113.9"


def added(
    peer: str, *headers: tuple[bytes, bytes], host: str = "gw.example", scheme: str = "http"
) -> dict[bytes, bytes]:
    fields = ForwardedFields(TRUSTED, send_forwarded=True)
    return dict(fields.addition(peer, list(headers), scheme, host, 8080))


@pytest.mark.parametrize(
    ("peer", "sent", "expected"),
    [
        (STRANGER, b"198.51.100.1", STRANGER),
        (PROXY, b"198.51.100.1", "198.51.100.1"),
        (PROXY, b"192.0.2.66, 198.51.100.1", "198.51.100.1"),
        (PROXY, b"198.51.100.1, 10.0.0.7", "198.51.100.1"),
        (PROXY, b"10.0.0.9, 10.0.0.7", "10.0.0.9"),
        (PROXY, b"198.51.100.1, unknown, 10.0.0.7", "10.0.0.7"),
        (PROXY, b"198.51.100.1, nonsense", PROXY),
        (PROXY, b"198.51.100.1:4711", "198.51.100.1"),
        (PROXY, b"[2001:DB9::0:1]:4711", "2001:db9::1"),
        (PROXY, b"::ffff:198.51.100.1", "198.51.100.1"),
        (PROXY, b"fe80::1%eth0", PROXY),
        (PROXY, b"", PROXY),
        ("unix", b"198.51.100.1", "unix"),
    ],
)
def test_g344_the_client_is_the_rightmost_address_no_trusted_proxy_has(peer: str, sent: bytes, expected: str) -> None:
    assert client_address(peer, [(b"x-forwarded-for", sent)], TRUSTED) == expected


def test_h4_several_lines_are_one_list_and_forwarded_is_read_where_the_other_is_missing() -> None:
    lines = [(b"x-forwarded-for", b"192.0.2.66"), (b"x-forwarded-for", b"198.51.100.1")]
    assert client_address(PROXY, lines, TRUSTED) == "198.51.100.1"
    assert client_address(PROXY, [(b"forwarded", b'for="[2001:db9::1]:8";proto=https')], TRUSTED) == "2001:db9::1"
    assert client_address(PROXY, [(b"forwarded", b"for=198.51.100.1, for=_hidden")], TRUSTED) == PROXY
    assert client_address(PROXY, [(b"forwarded", b"for=198.51.100.1;;")], TRUSTED) == PROXY
    assert client_address(PROXY, [], TRUSTED) == PROXY


def test_h4_with_no_trusted_networks_nobody_is_believed() -> None:
    assert not TrustedPeers([]).trusts("127.0.0.1")
    with pytest.raises(ValueError, match="does not appear to be"):
        TrustedPeers(["proxy.example"])


def test_h4_what_is_known_of_peers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proxy.forwarding.trusted_peers._MOST_REMEMBERED", 4)
    monkeypatch.setattr(module, "_MOST_REMEMBERED", 4)
    trusted = TrustedPeers(["10.0.0.0/8"])
    fields = ForwardedFields(trusted, send_forwarded=True)
    for number in range(20):
        assert trusted.trusts(f"10.0.0.{number}")
        assert not trusted.trusts(f"192.0.2.{number}")
        fields.lines(f"192.0.2.{number}", [], "http", "h", 80)
    assert len(trusted._known) <= 4
    assert len(fields._known) <= 4


FORGED = (
    (b"x-forwarded-for", b"1.1.1.1"),
    (b"x-forwarded-proto", b"https"),
    (b"x-forwarded-host", b"evil.example"),
    (b"x-forwarded-port", b"1"),
    (b"forwarded", b"for=1.1.1.1"),
)


def test_h4_an_untrusted_peers_fields_are_replaced() -> None:
    assert added(STRANGER, *FORGED, host="gw.example:8080") == {
        b"x-forwarded-for": b"203.0.113.9",
        b"x-forwarded-proto": b"http",
        b"x-forwarded-host": b"gw.example:8080",
        b"x-forwarded-port": b"8080",
        b"x-real-ip": b"203.0.113.9",
        b"forwarded": b'for=203.0.113.9;host="gw.example:8080";proto=http',
    }


def test_h4_a_trusted_peers_fields_are_continued() -> None:
    told = (
        (b"x-forwarded-for", b"198.51.100.1, 10.0.0.2"),
        (b"x-forwarded-proto", b"HTTPS"),
        (b"x-forwarded-host", b"shop.example"),
        (b"forwarded", b'for=198.51.100.1;proto=https, for="[2001:db8::7]"'),
    )
    assert added(PROXY, *told) == {
        b"x-forwarded-for": b"198.51.100.1, 10.0.0.2, 10.0.0.1",
        b"x-forwarded-proto": b"https",
        b"x-forwarded-host": b"shop.example",
        b"x-forwarded-port": b"443",
        b"x-real-ip": b"198.51.100.1",
        b"forwarded": b'for=198.51.100.1;proto=https, for="[2001:db8::7]", for=10.0.0.1;host=gw.example;proto=http',
    }


def test_h4_what_a_trusted_peer_sends_wrong_is_dropped() -> None:
    wrong = (
        (b"x-forwarded-for", b"198.51.100.1, <script>, 10.0.0.2"),
        (b"x-forwarded-proto", b"javascript"),
        (b"x-forwarded-host", b"a b/c"),
        (b"x-forwarded-port", b"99999"),
        (b"forwarded", b"for=;;"),
    )
    assert added(PROXY, *wrong) == {
        b"x-forwarded-for": b"10.0.0.2, 10.0.0.1",
        b"x-forwarded-proto": b"http",
        b"x-forwarded-host": b"gw.example",
        b"x-forwarded-port": b"80",
        b"x-real-ip": b"10.0.0.2",
        b"forwarded": b"for=10.0.0.1;host=gw.example;proto=http",
    }


@pytest.mark.parametrize("port", [b"\xb2", b"+80", b"0", b"65536", b"8_0", b"080000"])
def test_h4_a_port_is_plain_digits_in_range(port: bytes) -> None:
    assert added(PROXY, (b"x-forwarded-port", port), host="h:" + port.decode("latin-1"))[b"x-forwarded-port"] == b"80"


def test_h4_the_nearest_proxys_word_is_the_last_of_a_list() -> None:
    assert added(PROXY, (b"x-forwarded-proto", b"http, https"))[b"x-forwarded-proto"] == b"https"
    assert added(PROXY, (b"x-forwarded-port", b"8443"))[b"x-forwarded-port"] == b"8443"


@pytest.mark.parametrize(
    ("host", "scheme", "port"),
    [
        ("h", "https", b"443"),
        ("h:81", "https", b"81"),
        ("[::1]", "http", b"80"),
        ("[::1]:9", "http", b"9"),
        ("", "x", b"8080"),
    ],
)
def test_h4_the_port_told_is_the_clients(host: str, scheme: str, port: bytes) -> None:
    assert added(STRANGER, host=host, scheme=scheme)[b"x-forwarded-port"] == port


def test_h4_no_host_gives_no_host_field_and_forwarded_can_be_left_out() -> None:
    fields = ForwardedFields(TRUSTED, send_forwarded=False)
    assert [name for name, _ in fields.addition(STRANGER, [], "http", "", 80)] == [
        b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-port", b"x-real-ip",
    ]  # fmt: skip
    assert forwarded_element("", "", "http") == "for=unknown;proto=http"


def test_h4_the_answer_for_a_connection_is_made_once() -> None:
    fields = ForwardedFields(TRUSTED, send_forwarded=True)
    assert fields.lines(STRANGER, [], "http", "h", 80) is fields.lines(STRANGER, [], "http", "h", 80)


@pytest.mark.parametrize(
    ("value", "elements"),
    [
        ("for=192.0.2.1", ["for=192.0.2.1"]),
        ('For="[2001:db8::1]:47";by=_x, for=unknown', ['For="[2001:db8::1]:47";by=_x', "for=unknown"]),
        ('for=a;host="h,x\\"y"', ['for=a;host="h,x\\"y"']),
        ("", None),
        ("for", None),
        ("for=[::1]", None),
        ("for=a\nb", None),
        ("for=a,", None),
    ],
)
def test_h4_rfc_7239_grammar(value: str, elements: list[str] | None) -> None:
    assert parse_forwarded(value) == elements


def test_h4_the_node_of_an_element() -> None:
    assert node_of('proto=http;For="[::1]:8"') == "[::1]:8"
    assert node_of("proto=http") == ""


@given(st.ip_addresses(), st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20))
def test_h4_an_element_of_ours_reads_back(address: ipaddress.IPv4Address | ipaddress.IPv6Address, host: str) -> None:
    elements = parse_forwarded(forwarded_element(str(address), host, "https"))
    assert elements is not None
    assert len(elements) == 1
    mapped = getattr(address, "ipv4_mapped", None)
    assert parse_address(node_of(elements[0])) == str(mapped or address)


def test_h3_a_request_that_keeps_coming_back_is_a_loop() -> None:
    once = [(b"via", b"1.0 cdn, 1.1 GW (x)")]
    assert via_value("gw") == b"1.1 gw"
    assert not is_loop(once, "gw")
    assert not is_loop([*once, (b"via", b"1.1 gw, gw, 1.1 gw-2"), (b"x-via", b"1.1 gw")], "gw")
    assert is_loop([*once, (b"via", b"1.1 gw, 1.1 gw")], "gw")
