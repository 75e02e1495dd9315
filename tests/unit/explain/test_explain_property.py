"""G-410: what is told of a request is what becomes of it, whatever the configuration."""

from __future__ import annotations

import time
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from permissions.key_hash import key_digest, key_prefix, make_key
from permissions.spec import ConsumerSpec, CredentialSpec, GrantSpec
from proxy.explain.asked import Asked
from proxy.snapshot.configuration import Configuration
from routing.spec import ConditionSpec, RouteSpec
from tests.common.tokens import token
from tests.unit.explain.rehearsed import Gateway, a_configuration, a_service, an_instance
from tests.unit.routing_core.routes import a_route

KEY = make_key(7)
SOON, PAST = int(time.time()) + 3600, int(time.time()) - 3600
TOKENS = [
    "",
    "nonsense",
    token(exp=PAST),
    token(exp=SOON),
    token(exp=SOON, sub="u2", permissions=["a"]),
    token(exp=SOON, sub="u3", permissions=["a", "b"]),
    token(exp=SOON, sub="partner"),
]
SERVICES = (a_service("s", an_instance()), a_service("empty"), a_service("out", an_instance(2, status="draining")))
PLUGINS: list[tuple[str, dict[str, Any]]] = [
    ("ip_restriction", {"allow": ["10.0.0.0/8"]}),
    ("ip_restriction", {"deny": ["10.0.0.0/8"], "status": 404}),
    ("key_auth", {}),
    ("consumer_restriction", {"allow": ["partner"]}),
    ("consumer_restriction", {"deny": ["partner"]}),
    ("redirect", {"location": "/elsewhere"}),
    ("cors", {"allow_origins": ["https://a.example.com"]}),
    ("request_size_limit", {"max_body_bytes": 10}),
    ("path_rewrite", {"regex": "x", "replacement": "/"}),
    ("rate_limit", {"rules": [{"by": "address", "limit": 1, "window_seconds": 60}]}),
    ("traffic_split", {"rules": [{"split": [{"service": "empty"}]}]}),
    ("fault_injection", {"abort": {"status": 418}}),
    ("fault_injection", {"abort": {"status": 418, "percent": 0}}),
    ("request_validation", {"query_schema": {"type": "object", "required": ["x"]}}),
    ("redirect", {"location": "//mistake"}),
]


def some_route(random: Random, number: int) -> RouteSpec:
    pattern = random.choice(["/a", "/a/*", "/*", "/*", "/a/*/b", "/x/*", "/admin/*"])
    service = random.choice([*["s"] * 7, "empty", "out", "unknown"])
    route = a_route(
        pattern,
        random.choice(["/", "/t/*"]) if "*" in pattern else "/t",
        id=f"r{number}",
        methods=random.choice([(), (), ("GET",), ("POST", "PUT")]),
        hosts=random.choice([(), (), ("h.example.com",), ("*.example.com",)]),
        priority=random.choice([0, 0, 1]),
        header_conditions=random.choice([(), (), (ConditionSpec(name="x-a", value="1"),)]),
        client_cidrs=random.choice([(), (), ("10.0.0.0/8",)]),
        path_handling=random.choice(["refuse", "normalise", "keep_encoded"]),
        requires_auth=random.random() < 0.4,
        required_permissions=random.choice([(), (), (), ("a",), ("a", "b")]),
        permission_check_strategy=random.choice(["any", "all"]),
        rate_limit_rpm=random.choice([None, 1, 2]),
        cache_enabled=random.random() < 0.2,
        plugins=dict(random.sample(PLUGINS, random.choice([0, 0, 1, 2]))),
        retry_count=0,
        problem="a mistake" if random.random() < 0.05 else "",
    )
    return replace(route, service_id=service, service_name=service)


def some_configuration(random: Random) -> Configuration:
    own = random.choice([{}, {}, {"ip_restriction": {"allow": []}}, {"path_rewrite": {"prefix": {"strip": ".."}}}])
    partner = ConsumerSpec(id="c", name="partner", jwt_subject="partner", plugins=own, rate_limit_rpm=3)
    credential = CredentialSpec(
        id="k", kind="api_key", consumer="partner", identifier=key_prefix(KEY), digest=key_digest(KEY)
    )
    grant = GrantSpec(subject_kind="user", subject="u1", permission="a")
    return a_configuration(
        *(some_route(random, number) for number in range(random.randint(1, 4))),
        services=SERVICES,
        grants=random.choice([(), (grant,)]),
        consumers=(partner,),
        credentials=(credential,),
    )


def some_request(random: Random) -> Asked:
    fields = [
        ("X-A", "1"),
        ("X-API-Key", KEY),
        ("Origin", "https://a.example.com"),
        ("Access-Control-Request-Method", "POST"),
        ("Content-Length", "11"),
    ]
    usual = Asked(
        method=random.choice(["GET", "GET", "POST", "OPTIONS"]),
        target=random.choice(["/a", "/a/", "/a/x", "/a/1/b?x=1", "/x/1"]),
        host=random.choice(["h.example.com", "other.example.com", "localhost"]),
        headers=tuple(random.sample(fields, random.choice([0, 1, 2, 3]))),
        address=random.choice(["10.0.0.1", "192.0.2.1"]),
        token=random.choice(TOKENS),
    )
    odd: list[dict[str, Any]] = [
        {"method": "TRACE"},
        {"method": "HEAD"},
        {"host": "bad host"},
        {"headers": (("Host", "two"),)},
        {"headers": (("X", "a\r\nb: c"),)},
        *({"target": target} for target in ("//a", "/a/../x", "/a%2Fx", "/a;v=1", "/%00", "a", "/admin/x", "/a b")),
        {"target": "/gateway/batch"},
    ]
    return replace(usual, **random.choice(odd)) if random.random() < 0.3 else usual


@settings(max_examples=300, deadline=None)
@given(random=st.randoms(use_true_random=True))
def test_g410_what_is_told_is_what_becomes_of_the_request(random: Random) -> None:
    gateway = Gateway(some_configuration(random))
    for asked in (some_request(random) for _ in range(5)):
        told = gateway.explain(asked)
        served = gateway.serve(asked)
        if told.outcome in ("control", "batch"):
            assert served.route == told.outcome
            continue
        assert (told.route.id if told.route is not None else "") == served.route
        if told.outcome == "forwarded":
            assert served.outcome == "F50200", "nobody listens at the instance's port"
        elif told.outcome == "answered":
            assert served.status == told.status
        else:
            assert (told.outcome, told.code, told.status) == ("refused", served.outcome, served.status)
