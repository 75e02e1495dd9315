"""The tests of header, query and client address that a route may add to its path (G-107)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import parse_qsl

from routing.expression import Expression, as_bytes
from routing.spec import ConditionSpec, RouteSpec

HeaderLookup = Callable[[str], str | None]
Test = Callable[[HeaderLookup | None, bytes, str], bool]


class Condition(NamedTuple):
    """One compiled test and the words that describe it in an explanation."""

    text: str
    test: Test


def compile_conditions(route: RouteSpec) -> tuple[Condition, ...]:
    """The route's tests, cheapest first.

    Raises `ValueError` for a regular expression or a network that does not parse; a route that already has a
    `problem` keeps its claim instead: such a test passes, and the caller answers the error (G-504).
    """
    strict = not route.problem
    conditions = [
        Condition(f"header {_words(spec)}", header_test(spec, strict=strict)) for spec in route.header_conditions
    ]
    conditions += [
        Condition(f"query {_words(spec)}", query_test(spec, strict=strict)) for spec in route.query_conditions
    ]
    if route.client_cidrs:
        text = f"client address in {', '.join(route.client_cidrs)}"
        conditions.append(Condition(text, _client_test(route.client_cidrs, strict)))
    return tuple(conditions)


def _words(spec: ConditionSpec) -> str:
    value = f" {spec.value!r}" if spec.operator in ("equals", "not_equals", "matches") else ""
    return f"{spec.name} {spec.operator.replace('_', ' ')}{value}"


def value_test(spec: ConditionSpec, *, strict: bool) -> Callable[[str | None], bool]:
    """The test of one value, None when the request has none. `not_equals` holds for an absent value.

    An expression that does not compile raises `ValueError`, or unless `strict` always passes.
    """
    if spec.operator == "present":
        return lambda value: value is not None
    if spec.operator == "absent":
        return lambda value: value is None
    if spec.operator == "equals":
        return lambda value: value == spec.value
    if spec.operator == "not_equals":
        return lambda value: value != spec.value
    try:
        matches = Expression(spec.value).fullmatch
    except ValueError as error:
        if strict:
            raise ValueError(f"condition on {spec.name}: {error}") from error
        return lambda value: True
    return lambda value: value is not None and matches(as_bytes(value)) is not None


def header_test(spec: ConditionSpec, *, strict: bool) -> Test:
    """The test of a field of the request, all its values joined."""
    name = spec.name.lower()
    passes = value_test(spec, strict=strict)
    return lambda headers, query, client: passes(headers(name) if headers else None)


def query_test(spec: ConditionSpec, *, strict: bool) -> Test:
    """A parameter sent more than once passes only if each of its values does: upstreams differ in which they read."""
    passes = value_test(spec, strict=strict)

    def test(headers: HeaderLookup | None, query: bytes, client: str) -> bool:
        values = _parameters(query).get(spec.name)
        return passes(None) if values is None else all(map(passes, values))

    return test


@lru_cache(maxsize=256)
def _parameters(query: bytes) -> dict[str, list[str]]:
    parameters: dict[str, list[str]] = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True, errors="replace"):
        parameters.setdefault(name, []).append(value)
    return parameters


def _client_test(cidrs: tuple[str, ...], strict: bool) -> Test:
    try:
        networks = tuple(ip_network(cidr, strict=False) for cidr in cidrs)
    except ValueError:
        if strict:
            raise
        return lambda headers, query, client: True

    @lru_cache(maxsize=4096)
    def lies_in(client: str) -> bool:
        address = _address(client)
        return address is not None and any(address in network for network in networks)

    return lambda headers, query, client: lies_in(client)


def _address(client: str) -> IPv4Address | IPv6Address | None:
    """An IPv4 address written as IPv6 counts as IPv4, however the listening socket was made."""
    try:
        address = ip_address(client)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
