"""The URL of a Redis server, taken apart."""

from __future__ import annotations

import pytest
from django.conf import settings

from gateway_project.checks import check_redis
from proxy.options import GatewayOptions
from proxy.state.redis_address import RedisAddress, redis_address


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("redis://cache.example.com", RedisAddress(host="cache.example.com")),
        ("redis://127.0.0.1:7000/3", RedisAddress(host="127.0.0.1", port=7000, database=3)),
        ("redis://:s%40crit@cache/", RedisAddress(host="cache", password="s@crit")),
        ("rediss://user:pass@[::1]:6380?db=2", RedisAddress("::1", 6380, "", True, "user", "pass", 2)),
        ("unix:///run/redis.sock?db=1", RedisAddress(path="/run/redis.sock", database=1)),
        ("unix://:pass@/run/redis.sock", RedisAddress(path="/run/redis.sock", password="pass")),
    ],
)  # fmt: skip
def test_a_url_is_taken_apart(url: str, wanted: RedisAddress) -> None:
    assert redis_address(url) == wanted


@pytest.mark.parametrize(
    "url", ["localhost:6379", "http://cache", "redis://cache/first", "redis://cache:99999", "unix://"]
)
def test_anything_else_is_refused_before_the_start(url: str, monkeypatch) -> None:
    with pytest.raises(ValueError, match=r"REDIS_URL|Port"):
        redis_address(url)
    monkeypatch.setattr(settings, "GATEWAY_OPTIONS", GatewayOptions(redis_url=url))
    assert [message.id for message in check_redis()] == ["gateway.E004"]


def test_logs_name_the_place_and_not_the_password() -> None:
    assert str(redis_address("redis://user:secret@cache:7000/1")) == "cache:7000"
