"""What deploy/ holds for Prometheus and Grafana, as tests read it."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "prometheus" / "rules.yml"
CONFIG = ROOT / "deploy" / "prometheus" / "prometheus.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboard.json"
VARIABLES = {"$__rate_interval": "1m", "$service": ".*"}
"""What Grafana puts in."""


def dashboard_queries() -> dict[str, str]:
    """Panel and number of the query → the query, as Grafana sends it."""
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    found = {}
    for panel in panels:
        for target in panel.get("targets", ()):
            query = target["expr"]
            for name, value in VARIABLES.items():
                query = query.replace(name, value)
            found[f"{panel['title']} {target['refId']}"] = query
    return found


def metric_names(text: str) -> set[str]:
    """Every name of a metric of ours."""
    return set(re.findall(r"\bgateway_[a-z_]+\b", text))


def tool(name: str) -> str:
    """The path of a program of Prometheus; without it the test is skipped, or fails where all services are required."""
    found = shutil.which(name)
    assert found or "GATEWAY_TEST_REQUIRE_SERVICES" not in os.environ, name
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: prometheus)")
    return found
