"""The alarms and the dashboard: valid, tested, and about metrics that exist (G-264)."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from gateway_project.metrics.families import FAMILIES
from tests.common.monitoring import CONFIG, DASHBOARD, RULES, dashboard_queries, metric_names, tool

TESTS = Path(__file__).with_name("rules.test.yml")
SUFFIXES = {"counter": ("",), "gauge": ("",), "histogram": ("", "_bucket", "_sum", "_count")}
LABELS_OF = {f"{family.shown}{suffix}": family.labels for family in FAMILIES for suffix in SUFFIXES[family.kind]}
SCRAPED = {"job", "instance", "exported_instance", "le"}
"""Labels that Prometheus gives, or that a histogram has; `instance` of ours becomes `exported_instance`."""
GROUPED = re.compile(r"\bby \(([^)]*)\)")
SELECTED = re.compile(r"([a-z_]+)\s*(?:=~|!=|!~|=)\s*\"")


@pytest.mark.parametrize("path", [RULES, CONFIG, DASHBOARD], ids=lambda path: path.name)
def test_g264_every_metric_that_is_asked_for_exists(path: Path) -> None:
    assert metric_names(path.read_text(encoding="utf-8")) - LABELS_OF.keys() == set()


def test_g264_every_query_uses_labels_that_its_metrics_have() -> None:
    queries = {**dashboard_queries(), "alarms": RULES.read_text(encoding="utf-8")}
    for title, query in queries.items():
        known = SCRAPED.union(*(LABELS_OF[name] for name in metric_names(query)))
        grouped = {label for group in GROUPED.findall(query) for label in group.split(", ")}
        selected = set(SELECTED.findall(query)) if title != "alarms" else set()
        assert (grouped | selected) - known == set(), title


@pytest.mark.parametrize(
    "arguments", [("check", "rules", RULES), ("check", "config", CONFIG), ("test", "rules", TESTS)]
)
def test_g264_promtool_accepts_the_alarms_and_each_fires_for_what_it_is_about(arguments: tuple[str, str, Path]) -> None:
    done = subprocess.run([tool("promtool"), *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_g264_every_query_of_the_dashboard_is_a_query(tmp_path: Path) -> None:
    rules = [{"record": f"query_{number}", "expr": query} for number, query in enumerate(dashboard_queries().values())]
    path = tmp_path / "queries.yml"
    path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}), encoding="utf-8")
    done = subprocess.run([tool("promtool"), "check", "rules", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_g264_the_four_alarms_of_the_interface_description_are_there() -> None:
    alarms = re.findall(r"alert: (\w+)", RULES.read_text(encoding="utf-8"))
    assert alarms == [
        "GatewayErrorRateHigh", "GatewayResponseTimeHigh", "GatewayFewHealthyInstances", "GatewayCircuitOpen",
    ]  # fmt: skip


def test_panels_of_the_dashboard_have_places_and_numbers_of_their_own() -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert {x for x, _y in cells} == set(range(24))
