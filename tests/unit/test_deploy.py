"""deploy/: rules and a dashboard that ask for what the exposition has (G-264)."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from gateway_project.metrics import families

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
FAMILIES = {one.shown: one for one in vars(families).values() if isinstance(one, families.Family)}
SERIES = re.compile(r"\bgateway_[a-z0-9_]+")
PROMTOOL = shutil.which("promtool")
RULES = DEPLOY / "prometheus" / "gateway.rules.yml"


def expressions_of_the_rules() -> list[str]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


def expressions_of_the_dashboard() -> list[str]:
    dashboard = json.loads((DEPLOY / "grafana" / "gateway.json").read_text(encoding="utf-8"))
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


def family_of(series: str) -> str:
    """A histogram is asked for by its parts."""
    base = re.sub(r"_(bucket|sum|count)$", "", series)
    return base if base in FAMILIES and FAMILIES[base].kind == "histogram" else series


@pytest.mark.parametrize("expression", [*expressions_of_the_rules(), *expressions_of_the_dashboard()])
def test_g264_rules_and_dashboard_ask_for_series_and_labels_that_there_are(expression):
    asked = {family_of(series) for series in SERIES.findall(expression)}
    assert asked
    assert asked <= FAMILIES.keys()
    known = {"le", "instance", "exported_instance", *(label for name in asked for label in FAMILIES[name].labels)}
    grouped = re.findall(r"by \(([^)]*)\)", expression)
    matched = re.findall(r"[{,]\s*([a-z_]+)=~?", expression)
    assert {label.strip() for group in grouped for label in group.split(",")} | set(matched) <= known


def test_g264_the_four_alarms_of_the_interface_description_are_there():
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    rules = {rule["alert"]: rule["expr"].split() for group in groups for rule in group["rules"]}
    assert {name: words[-2:] for name, words in rules.items()} == {
        "GatewayErrorRate": [">", "0.05"],
        "GatewaySlow": [">", "1"],
        "GatewayFewInstances": ["<", "2"],
        "GatewayCircuitOpen": ["==", "2"],
    }


@pytest.mark.skipif(
    PROMTOOL is None and "GATEWAY_TEST_REQUIRE_SERVICES" not in os.environ,
    reason="promtool is not installed (Debian: prometheus)",
)
def test_g264_prometheus_raises_each_alarm_for_what_is_wrong_and_for_nothing_else():
    for arguments in (["check", "rules", str(RULES)], ["test", "rules", str(RULES.with_suffix("")) + ".test.yml"]):
        done = subprocess.run([str(PROMTOOL), *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
