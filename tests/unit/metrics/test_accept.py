"""Which form of GET /metrics a header asks for (G-262)."""

from __future__ import annotations

import pytest

from gateway_project.metrics.accept import prefers_text

PROMETHEUS_2 = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;q=0.4,*/*;q=0.1"
)
TELEGRAF = "application/vnd.google.protobuf;encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("accept", ["text/plain", PROMETHEUS_2, PROMETHEUS_3, TELEGRAF, "text/plain, */*; q=0.01"])
def test_g262_scrapers_get_the_exposition(accept: str) -> None:
    assert prefers_text(accept)


@pytest.mark.parametrize(
    "accept",
    [
        "", "*/*", "application/json", "application/json, text/plain, */*", BROWSER, "text/html", "text/plain;q=0",
        "application/json, text/plain;q=0.5", "application/*, text/plain;q=0.9", "nonsense", ";;;", ",",
        "text/plain;q=5, application/json", "text/plain" + ";a=b" * 5000 + ";q=0",
        "text/plain;a*=x'y'z",
    ],
)  # fmt: skip
def test_g260_everybody_else_gets_the_envelope(accept: str) -> None:
    assert not prefers_text(accept)
