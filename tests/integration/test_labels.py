"""Labels of routes, services and consumers are judged alike: each mistake names the field, and the label."""

from __future__ import annotations

from typing import Any

import pytest

from tests.common.doors import ROUTE_BODY
from tests.common.factories import make_service

DOORS = {
    "route": lambda labels: ("/admin/routes", {**ROUTE_BODY, "labels": labels}),
    "consumer": lambda labels: ("/admin/consumers", {"name": "shop", "labels": labels}),
    "service": lambda labels: (
        "/admin/changesets",
        {
            "reason": "labels",
            "changes": [{"action": "update", "kind": "service", "name": "user-service", "data": {"labels": labels}}],
        },
    ),
}


def told(content: dict[str, Any]) -> list[str]:
    """What is said of the field, of a single object or of the first change of a set."""
    errors = content["errors"]
    return list((errors[0]["errors"] if isinstance(errors, list) else errors)["labels"])


@pytest.mark.alike
@pytest.mark.parametrize("kind", DOORS)
@pytest.mark.parametrize(
    ("labels", "named"),
    [
        ({"team": "a\nb"}, "“team”"),
        ({"team": "a\tb"}, "“team”"),
        ({"team": "\x1b[31mred"}, "“team”"),
        ({"team": "\u202etxt"}, "“team”"),
        ({"team": "x" * 256}, "“team”"),
        ({"stage": "good", "team": 7}, "“team”"),
        ({"a b": "x"}, "“a b”"),
        ({f"label-{number}": "" for number in range(65)}, "64"),
    ],
)
def test_a_label_that_is_no_line_of_text_is_refused_by_its_name(admin, kind, labels, named):
    make_service("user-service")
    status, reply = admin.call("POST", *DOORS[kind](labels), **{"Accept-Language": "en"})
    assert (status, reply["code"]) == (400, "F40000")
    assert named in told(reply["content"])[0]


@pytest.mark.parametrize("kind", DOORS)
def test_a_label_may_be_any_line_of_text(admin, kind):
    make_service("user-service")
    labels = {"team": "付款 – équipe 1", "empty": "", "x" * 100: "y" * 255}
    assert admin.call("POST", *DOORS[kind](labels))[0] == 200
