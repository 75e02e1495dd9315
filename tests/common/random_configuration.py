"""Random configurations, as rows of a database through the models' own rules, for hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

NAMES = st.text("abcXYZ019-_.é中", min_size=1, max_size=8)
WORDS = st.text("abc no1:#{}$'\"\\é中\t-&*!|>%@`,[]?", max_size=12).map(str.strip)
LINES = WORDS.map(lambda text: text.replace("\t", " "))
LABELS = st.dictionaries(st.text("abc", min_size=1, max_size=3), LINES, max_size=2)
MAYBE = st.integers(1, 3)


def named(values: st.SearchStrategy[dict[str, Any]], field: str = "name") -> st.SearchStrategy[list[dict[str, Any]]]:
    """A few objects of different names."""
    return st.lists(values, max_size=3, unique_by=lambda one: one[field])


def some(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object with some of its optional fields."""
    return st.fixed_dictionaries(required, optional=optional)


INSTANCE = some(
    {
        "instance_id": NAMES,
        "host": st.sampled_from(["10.0.0.1", "db.internal", "2001:db8::1"]),
        "port": st.integers(1, 65535),
    },
    {
        "weight": st.integers(1, 1000),
        "priority": st.integers(0, 100),
        "status": st.sampled_from(["healthy", "unhealthy", "draining"]),
        "protocol": st.sampled_from(["http", "https"]),
        "health_check_url": st.sampled_from(["", "/health", "/h?a=${b}"]),
        "metadata": st.dictionaries(
            WORDS.filter(bool), st.none() | st.booleans() | st.integers(0, 9) | WORDS, max_size=2
        ),
    },
)
SERVICE = some(
    {"name": NAMES, "instances": named(INSTANCE, "instance_id")},
    {
        "labels": LABELS,
        "circuit_breaker": some({}, {"max_failures": st.integers(1, 9), "error_rate": st.none() | st.floats(0.001, 1)}),
        "health": some({}, {"eject_after": st.none() | st.integers(1, 9)}),
        "limits": some({}, {"rate_limit_rpm": st.none() | st.integers(1, 99)}),
        "slow_start_seconds": st.floats(0, 3600) | st.integers(0, 3600),
        "plugins": st.sampled_from([{}, {"request_id": {}}, {"cors": {"enabled": False}}]),
    },
)
ROUTE = some(
    {
        "path_pattern": st.sampled_from(["/a", "/a/*", "/b/*/c", "/%C3%BC", "/a/b"]),
        "target_url": st.just("/x"),
    },
    {
        "name": st.sampled_from(["", "one", "two", "three ${x}"]),
        "method": st.sampled_from(["GET", "POST", "ANY"]),
        "priority": st.integers(-1000, 1000),
        "version": st.sampled_from(["v1", "v2", "1.10", "no"]),
        "description": WORDS,
        "labels": LABELS,
        "hosts": st.lists(st.sampled_from(["a.example", "*.B.example"]), unique=True),
        "rate_limit_rpm": st.none() | st.integers(1, 1_000_000_000),
        "is_active": st.booleans(),
        "strip_path": st.none() | st.booleans(),
        "header_conditions": st.sampled_from([[], [{"name": "x-a", "operator": "equals", "value": "no"}]]),
        "timeout_seconds": st.integers(1, 300),
    },
)
CONFIGURATIONS = st.fixed_dictionaries(
    {
        "services": st.lists(SERVICE, min_size=1, max_size=3, unique_by=lambda one: one["name"]),
        "routes": st.lists(ROUTE, max_size=4, unique_by=lambda one: one["path_pattern"]),
        "permissions": named(
            some({"permission_code": NAMES, "permission_name": NAMES}, {"actions": st.just(["read"])}),
            "permission_code",
        ),
        "roles": named(some({"name": NAMES}, {"description": WORDS})),
        "consumers": named(some({"name": NAMES}, {"labels": LABELS, "rate_limit_rpm": st.integers(1, 9)})),
    }
)
"""Documents as a person might write them; routes may clash, and name no service yet."""
