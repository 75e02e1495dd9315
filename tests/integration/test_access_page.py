"""The table of docs/access.md, tried call by call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.common.factories import make_instance, make_route, make_service
from tests.common.teams import person, team, token_of
from tests.conftest import caller

PAGE = Path(__file__).resolve().parents[2] / "docs" / "access.md"
HEAD = "| Call | Service |"
BODIES: dict[str, Any] = {"policy": {"slow_start_seconds": 1.0}, "owner": {"owner": None}, "routes": {"priority": 1}}
CALLERS = {
    "Any token": (),
    "Member": ("team-a",),
    "Operator": ("team-a", "operator"),
    "Administrator": ("administrator",),
}
OWNERS = {"nobody's": None, "own team's": "team-a", "another team's": "team-b", "": None}


def table() -> list[list[str]]:
    lines = PAGE.read_text(encoding="utf-8").partition(HEAD)[2].splitlines()[2:]
    rows = lines[: lines.index("")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_the_table_has_every_caller_in_its_head():
    head = next(line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(HEAD))
    assert [cell.strip() for cell in head.strip("|").split("|")] == ["Call", "Service", *CALLERS]


@pytest.mark.parametrize("row", table(), ids=lambda row: " ".join(row[:2]))
def test_g010_g011_the_table_of_who_may_what_is_true(db, row):
    call, service, *expected = row
    method, target = call.strip("`").split(" ")
    team_of = OWNERS[service]
    named = make_service("orders", owner=team(team_of) if team_of else None)
    identity = make_route(service=named) if "/routes/" in target else make_instance(named)
    path = target.replace("{service_name}", "orders").replace("{id}", str(identity.pk))
    body = next((body for part, body in BODIES.items() if part in target), {"weight": 2}) if method == "PUT" else None
    found = []
    for number, groups in enumerate(CALLERS.values()):
        found.append(str(caller(token_of(person(f"caller-{number}", *groups))).call(method, path, body)[0]))
        if method == "DELETE" and found[-1] == "200":
            identity = make_route(service=named) if "/routes/" in target else make_instance(named)
            path = target.replace("{id}", str(identity.pk))
    assert found == expected
