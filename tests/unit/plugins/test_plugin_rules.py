"""A binding obeys the schema of its plugin, and every problem is told with its place."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from services.plugins import Plugin, check_plugins, known, problems_of

SCHEMA = {
    "type": "object",
    "properties": {"share": {"type": "number", "minimum": 0, "maximum": 1}, "names": {"items": {"type": "string"}}},
    "additionalProperties": False,
    "required": ["share"],
}


def no_names(config: dict[str, Any]) -> None:
    if config.get("names") == ["nobody"]:
        raise ValueError("nobody is not a name")


PLUGIN = Plugin("sample", SCHEMA, no_names)


@pytest.mark.parametrize("config", [{"share": 0.5}, {"share": 1, "enabled": False}, {"share": 0, "names": ["a"]}])
def test_a_configuration_that_obeys_has_no_problem(config: dict[str, Any]) -> None:
    assert list(problems_of(PLUGIN, config)) == []


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ([], "sample: "),
        ({"share": 2}, "sample.share: 2 is greater than the maximum of 1"),
        ({"share": 1, "names": ["a", 5]}, "sample.names.1: 5 is not of type 'string'"),
        ({"share": 1, "shore": 1}, "sample: Additional properties are not allowed ('shore' was unexpected)"),
        ({"share": 1, "enabled": "no"}, "sample.enabled: "),
        ({"share": 1, "names": ["nobody"]}, "sample: nobody is not a name"),
        ({}, "sample: 'share' is a required property"),
    ],
)
def test_a_problem_names_its_place(config: Any, told: str) -> None:
    problems = list(problems_of(PLUGIN, config))
    assert len(problems) == 1
    assert problems[0].startswith(told)


def test_a_plugin_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(ValidationError, match="teleport"):
        check_plugins({"teleport": {}})


def test_the_data_planes_plugins_are_known_with_their_schemas() -> None:
    from proxy.plugins import PLUGINS

    assert list(known()) == list(PLUGINS)
    assert all(plugin.schema["additionalProperties"] is False for plugin in known().values())
