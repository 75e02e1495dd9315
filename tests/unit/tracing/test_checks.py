from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway_project import checks
from proxy.options import GatewayOptions


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({}, []),
        ({"otel_sample_ratio": 7.0}, []),
        ({"otel_endpoint": "http://127.0.0.1:4318", "otel_sample_ratio": 1.0}, []),
        ({"otel_endpoint": "127.0.0.1:4318"}, ["gateway.E006"]),
        ({"otel_endpoint": "https://a/v1/traces", "otel_sample_ratio": 1.1}, ["gateway.E007"]),
    ],
)
def test_a_collector_nobody_could_reach_is_told(settings: Any, options: dict[str, Any], found: list[str]) -> None:
    settings.GATEWAY_OPTIONS = replace(GatewayOptions(), **options)
    assert [message.id for message in checks.check_tracing()] == found


def test_the_extra_that_is_missing_is_named(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.GATEWAY_OPTIONS = replace(GatewayOptions(), otel_endpoint="http://a")
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    (message,) = checks.check_tracing()
    assert (message.id, message.hint) == ("gateway.E008", "pip install -r requirements-otel.txt")
