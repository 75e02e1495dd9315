"""What the settings of the cache may be (gateway.E005)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.conf import settings as django_settings

from gateway_project.checks import check_cache
from proxy.options import GatewayOptions


@pytest.mark.parametrize(
    ("cache_bytes", "most", "ids"),
    [
        (64 << 20, 1 << 20, []),
        (8 << 20, 1 << 20, []),
        ((8 << 20) - 1, 1 << 20, ["gateway.E005"]),
        ((1 << 20) - 1, 1, ["gateway.E005"]),
        (64 << 20, -1, ["gateway.E005"]),
        (64 << 20, 0, []),
    ],
)
def test_a_reply_as_large_as_allowed_fits_several_times(settings, cache_bytes: int, most: int, ids: list[str]) -> None:
    assert isinstance(django_settings.GATEWAY_OPTIONS, GatewayOptions)
    changed = replace(django_settings.GATEWAY_OPTIONS, cache_bytes=cache_bytes, cache_max_entry_bytes=most)
    settings.GATEWAY_OPTIONS = changed
    assert [message.id for message in check_cache()] == ids
