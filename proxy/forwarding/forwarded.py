"""Who the client is and how it reached us, read from trusted peers and told to the upstream (edge rule H4).

| field                | from an untrusted peer  | from a trusted peer                                       |
|----------------------|-------------------------|-----------------------------------------------------------|
| `X-Forwarded-For`    | replaced by the peer    | its valid tail, then the peer                             |
| `X-Real-IP`          | replaced                | the client as found by `client_address`                   |
| `X-Forwarded-Proto`  | replaced by ours        | kept when it is `http` or `https`                         |
| `X-Forwarded-Host`   | replaced by ours        | kept when it is a host with or without a port             |
| `X-Forwarded-Port`   | replaced by ours        | kept when it is 1..65535                                  |
| `Forwarded`          | replaced by our element | its value when the grammar is kept, then our element      |

Lists are read from the right, where our trusted peers wrote. The first entry that is no address ends the reading
and is dropped with everything left of it: no one we trust vouches for that part.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from proxy.forwarding.forwarded_elements import forwarded_element, node_of, parse_forwarded
from proxy.forwarding.hop_by_hop import HeaderList
from proxy.forwarding.trusted_peers import TrustedPeers, parse_address
from proxy.http1.fields import field_lines

_MOST_REMEMBERED = 4096
_MOST_HOPS = 100
"""Entries of a chain that are read, from the right; a proxy in front may pass on kilobytes of a stranger's."""
_DEFAULT_PORTS = {"http": "80", "https": "443", "ws": "80", "wss": "443"}
_DIGITS = re.compile(r"[0-9]{1,5}")
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,253})|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


def client_address(peer: str, headers: HeaderList, trusted: TrustedPeers) -> str:
    """The client's IP address: the rightmost one that is not a trusted peer, or the leftmost if all are."""
    if not trusted.trusts(peer):
        return peer
    address = peer
    for entry in reversed(_addresses(headers)):
        address = entry
        if not trusted.trusts(entry):
            break
    return address


def _addresses(headers: HeaderList) -> list[str]:
    """The addresses claimed before the peer, left to right: X-Forwarded-For, or else Forwarded."""
    entries = _values(headers, b"x-forwarded-for").rsplit(",", _MOST_HOPS)[-_MOST_HOPS:]
    if entries == [""]:
        entries = [node_of(element) for element in parse_forwarded(_values(headers, b"forwarded")) or ()]
    valid: list[str] = []
    for entry in reversed(entries):
        address = parse_address(entry)
        if not address:
            break
        valid.append(address)
    return valid[::-1]


def _values(headers: HeaderList, name: bytes) -> str:
    return ",".join([value.decode("latin-1") for key, value in headers if key == name])


class ForwardedFields:
    """Makes the fields of one node's settings; the answer for an untrusted peer is remembered per connection."""

    __slots__ = ("_known", "_send_forwarded", "_trusted")

    def __init__(self, trusted: TrustedPeers, *, send_forwarded: bool) -> None:
        self._trusted = trusted
        self._send_forwarded = send_forwarded
        self._known: dict[tuple[str, str, str, int], bytes] = {}

    def lines(self, peer: str, headers: HeaderList, scheme: str, host: str, port: int) -> bytes:
        """The fields of `addition` as they are sent, remembered for peers whose word does not count."""
        if self._trusted.trusts(peer):
            return field_lines(self.addition(peer, headers, scheme, host, port))
        key = (peer, scheme, host, port)
        known = self._known.get(key)
        if known is None:
            known = field_lines(self.addition(peer, headers, scheme, host, port))
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[key] = known
        return known

    def addition(self, peer: str, headers: HeaderList, scheme: str, host: str, port: int) -> HeaderList:
        """The fields to add after the client's own have been removed.

        `scheme`, `host` (the Host field as sent) and `port` (of our socket) say how the peer reached us.
        """
        if self._trusted.trusts(peer):
            return self._from_trusted(peer, headers, scheme, host, port)
        return self._fields(peer, peer, scheme, host, _port_of(host, scheme, port), [], peer)

    def scheme_of(self, peer: str, headers: HeaderList, scheme: str) -> str:
        """How the client spoke to the first of those we trust: `http` or `https`."""
        return (self._trusted.trusts(peer) and _told_scheme(headers)) or scheme

    def told(self, peer: str, headers: HeaderList) -> bytes:
        """What a trusted peer says of the address the client asked for, as the upstream hears it; empty for others.

        Two requests that differ in it may be answered differently, however alike they look here.
        """
        if not self._trusted.trusts(peer):
            return b""
        parts = [
            _told_scheme(headers),
            _single(headers, b"x-forwarded-host", lambda text: _HOST.fullmatch(text) is not None),
            _single(headers, b"x-forwarded-port", _is_port),
        ]
        for element in parse_forwarded(_values(headers, b"forwarded")) or ():
            pairs = (pair.strip().lower() for pair in element.split(";"))
            parts += [pair for pair in pairs if pair.startswith(("host=", "proto="))]
        return "\0".join(parts).encode("latin-1")

    def _from_trusted(self, peer: str, headers: HeaderList, scheme: str, host: str, port: int) -> HeaderList:
        told_scheme = _told_scheme(headers)
        told_host = _single(headers, b"x-forwarded-host", lambda text: _HOST.fullmatch(text) is not None)
        told_port = _single(headers, b"x-forwarded-port", _is_port)
        chain = [*_addresses(headers), peer]
        elements = parse_forwarded(_values(headers, b"forwarded")) or []
        elements.append(forwarded_element(peer, host, scheme))
        own_port = _port_of(told_host or host, told_scheme or scheme, port)
        return self._fields(
            client_address(peer, headers, self._trusted),
            ", ".join(chain),
            told_scheme or scheme,
            told_host or host,
            told_port or own_port,
            elements,
            peer,
        )

    def _fields(
        self, client: str, chain: str, scheme: str, host: str, port: str, elements: list[str], peer: str
    ) -> HeaderList:
        fields = [
            (b"x-forwarded-for", chain),
            (b"x-forwarded-proto", scheme),
            (b"x-forwarded-host", host),
            (b"x-forwarded-port", port),
            (b"x-real-ip", client),
        ]
        if self._send_forwarded:
            value = ", ".join(elements) if elements else forwarded_element(peer, host, scheme)
            fields.append((b"forwarded", value))
        return [(name, value.encode("latin-1")) for name, value in fields if value]


def _single(headers: HeaderList, name: bytes, valid: Callable[[str], bool]) -> str:
    """The one value of a field, or of a list its last, which the nearest peer wrote; empty unless valid."""
    text = _values(headers, name).rpartition(",")[2].strip(" \t").lower()
    return text if text and valid(text) else ""


def _told_scheme(headers: HeaderList) -> str:
    return _single(headers, b"x-forwarded-proto", lambda text: text in ("http", "https"))


def _is_port(text: str) -> bool:
    return _DIGITS.fullmatch(text) is not None and 0 < int(text) < 65536


def _port_of(host: str, scheme: str, port: int) -> str:
    """The port the client named in Host, else the scheme's own; `port` where the scheme is unknown."""
    digits = host.rpartition(":")[2] if not host.endswith("]") else ""
    if digits != host and _is_port(digits):
        return digits
    return _DEFAULT_PORTS.get(scheme, str(port))
