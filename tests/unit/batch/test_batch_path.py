"""The setting GATEWAY_BATCH_PATH is judged before the start."""

from __future__ import annotations

import pytest
from django.conf import settings

from gateway_project.checks import check_batch_path
from proxy.options import GatewayOptions


@pytest.mark.parametrize("path", ["", "/gateway/batch", "/gateway/many/parts", "/batch", "/api/batch"])
def test_a_path_of_its_own_is_taken(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "GATEWAY_OPTIONS", GatewayOptions(batch_path=path))
    assert check_batch_path() == []


@pytest.mark.parametrize(
    "path", ["batch", "/a//b", "/../x", "/a b", "/admin", "/console/batch", "/gateway", "/ä", "/a?b"]
)
def test_any_other_is_refused(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "GATEWAY_OPTIONS", GatewayOptions(batch_path=path))
    assert [message.id for message in check_batch_path()] == ["gateway.E009"]
