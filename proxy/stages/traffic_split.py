"""Which service answers: another one for requests with a mark, or for a share of them (canary releases, G-380)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from proxy.cookies import cookie_value
from proxy.exchange import Exchange
from proxy.forwarding.hash_key import compile_hash_key
from proxy.request import Request
from proxy.snapshot.parts import Parts
from proxy.splitting import SmoothSplit, place_of
from routing.conditions import header_test, query_test, value_test
from routing.spec import ConditionSpec, RouteSpec

if TYPE_CHECKING:
    from proxy.snapshot.snapshot import CompiledService

NAME = "traffic_split"

_CONDITIONS = {
    "type": "array",
    "maxItems": 20,
    "default": [],
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["name"],
        "properties": {
            "name": {"description": "Of the field, cookie or parameter.", "type": "string", "maxLength": 100},
            "operator": {
                "description": "What must hold; `matches` is a regular expression for the whole value.",
                "enum": ["equals", "not_equals", "matches", "present", "absent"],
                "default": "equals",
            },
            "value": {"description": "What it is compared with.", "type": "string", "maxLength": 500, "default": ""},
        },
    },
}

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["rules"],
    "properties": {
        "rules": {
            "description": "The first rule that matches decides; where none does, the route's own service answers.",
            "type": "array",
            "minItems": 1,
            "maxItems": 20,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["split"],
                "properties": {
                    "match": {
                        "description": "All of it must hold; left out: every request.",
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {
                            "headers": {"description": "Conditions on fields of the request.", **_CONDITIONS},
                            "cookies": {"description": "Conditions on cookies.", **_CONDITIONS},
                            "query": {"description": "Conditions on query parameters.", **_CONDITIONS},
                        },
                    },
                    "split": {
                        "description": "The services that share these requests.",
                        "type": "array",
                        "minItems": 1,
                        "maxItems": 20,
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "properties": {
                                "service": {
                                    "description": "Name of a service; left out: the route's own.",
                                    "type": "string",
                                    "minLength": 1,
                                    "maxLength": 100,
                                },
                                "weight": {
                                    "description": "Its share among the weights of this split.",
                                    "type": "integer",
                                    "minimum": 0,
                                    "maximum": 1000,
                                    "default": 1,
                                },
                            },
                        },
                    },
                    "sticky": {
                        "description": "Keeps a caller at one service: by `consumer`, `user`, `address`, "
                        "`cookie:NAME`, `header:NAME` or `query:NAME`. Shares are then as even as the callers. Left "
                        "out: exact shares.",
                        "type": "string",
                        "maxLength": 107,
                    },
                },
            },
        },
    },
}

Choose = Callable[[Exchange], int]
Test = Callable[[Request], bool]


def check(config: Mapping[str, Any]) -> None:
    """Raises `ValueError` for weights that are all 0, and for what cannot be compiled."""
    for rule in config["rules"]:
        SmoothSplit(_weights(rule))
        compile_match(rule.get("match", {}))
        _key_of(rule.get("sticky", ""))


def services(config: Mapping[str, Any]) -> set[str]:
    """The services a configuration names."""
    return {share["service"] for rule in config["rules"] for share in rule["split"] if "service" in share}


def fold(route: RouteSpec, parts: Parts) -> Callable[[Exchange], None] | None:
    """Raises `ValueError` for a service that is not in the configuration: no share of requests may get lost."""
    config = route.plugins.get(NAME)
    if config is None:
        return None
    check(config)
    rules = [
        (compile_match(rule.get("match", {})), _choice(f"{route.id}\0{number}", rule, parts), _shares(rule, parts))
        for number, rule in enumerate(config["rules"])
    ]

    def traffic_split(exchange: Exchange) -> None:
        request = exchange.request
        assert request is not None
        for matches, choose, shares in rules:
            if matches(request):
                service = shares[choose(exchange)]
                if service is not None:
                    exchange.service = service
                return

    return traffic_split


def compile_match(match: Mapping[str, Any]) -> Test:
    """Whether a request has every mark. Raises `ValueError` for an expression that does not compile."""
    specs = {kind: [ConditionSpec(**one) for one in match.get(kind, ())] for kind in ("headers", "cookies", "query")}
    conditions = [header_test(spec, strict=True) for spec in specs["headers"]]
    conditions += [query_test(spec, strict=True) for spec in specs["query"]]
    cookies = [(spec.name.encode("utf-8"), value_test(spec, strict=True)) for spec in specs["cookies"]]

    def matches(request: Request) -> bool:
        if not all(test(request.header, request.query, "") for test in conditions):
            return False
        return all(passes(_text(cookie_value(request.headers, name))) for name, passes in cookies)

    return matches


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


def _weights(rule: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(share.get("weight", 1) for share in rule["split"])


def _shares(rule: Mapping[str, Any], parts: Parts) -> list[CompiledService | None]:
    """By place; None is the route's own."""
    names = [share.get("service") for share in rule["split"]]
    unknown = sorted({name for name in names if name is not None} - parts.services.keys())
    if unknown:
        raise ValueError(f"traffic_split: service {', '.join(unknown)} is not in the configuration")
    return [None if name is None else parts.services[name] for name in names]


def _choice(name: str, rule: Mapping[str, Any], parts: Parts) -> Choose:
    weights = _weights(rule)
    if len(weights) == 1:
        return lambda exchange: 0
    key_of = _key_of(rule.get("sticky", ""))
    if key_of is None:
        split = parts.live.split(name, weights)
        return lambda exchange: split.next()
    salt = name.encode("utf-8") + b"\0"
    return lambda exchange: place_of(salt + key_of(exchange), weights)


def _key_of(sticky: str) -> Callable[[Exchange], bytes] | None:
    if not sticky:
        return None
    return _consumer if sticky == "consumer" else compile_hash_key(sticky)


_user = compile_hash_key("user")


def _consumer(exchange: Exchange) -> bytes:
    """The consumer, or for callers that are none the user or address."""
    name = exchange.principal.consumer if exchange.principal is not None else ""
    return name.encode("utf-8") or _user(exchange)
