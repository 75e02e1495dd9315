"""The plugin `consumer_restriction` on the real edge."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxy.stages.consumer_restriction import check
from tests.common.consumer_credentials import KEY, OTHER_KEY, SHOP, key_credential
from tests.common.edge_gateway import bearer
from tests.common.raw_client import get
from tests.functional.edge.test_key_auth import asked

APPS = {
    "credentials": (key_credential(), key_credential(OTHER_KEY, "warehouse")),
    "consumers": (SHOP, replace(SHOP, id="2", name="warehouse", jwt_subject="u5")),
}


@pytest.mark.parametrize(
    ("config", "shop", "warehouse", "nobody"),
    [
        ({"allow": ["shop"]}, 200, 403, 403),
        ({"deny": ["shop"]}, 403, 200, 200),
        ({"allow": ["shop", "warehouse"], "deny": ["shop"]}, 403, 200, 403),
        ({"allow": []}, 403, 403, 403),
    ],
)
async def test_g226_the_consumer_decides_whatever_it_showed(config, shop, warehouse, nobody):
    plugins = {"key_auth": {}, "consumer_restriction": config}
    for field, status in (
        (f"X-API-Key: {KEY}", shop),
        (f"X-API-Key: {OTHER_KEY}", warehouse),
        (bearer("u5"), warehouse),
        (bearer("u6"), nobody),
    ):
        found = await asked(get("/", field), plugins, APPS, requires_auth=True)
        assert found.status == status, field
        assert found.code == ("F40003" if status == 403 else "")


async def test_g323_an_unknown_caller_is_refused_before_a_known_one_is_judged():
    plugins = {"key_auth": {}, "consumer_restriction": {"allow": []}}
    assert (await asked(get("/"), plugins, APPS)).status == 401


@pytest.mark.parametrize(("config", "status"), [({"allow": ["shop"]}, 403), ({"deny": ["shop"]}, 200)])
async def test_on_an_open_route_nobody_is_no_consumer(config, status):
    assert (await asked(get("/"), {"consumer_restriction": config}, APPS)).status == status


async def test_a_consumers_own_restriction_takes_the_place_of_the_routes():
    closed = replace(SHOP, plugins={"consumer_restriction": {"deny": ["shop"]}})
    plugins = {"key_auth": {}, "consumer_restriction": {"allow": ["shop"]}}
    found = await asked(get("/", f"X-API-Key: {KEY}"), plugins, {**APPS, "consumers": (closed,)})
    assert found.status == 403


@pytest.mark.parametrize("config", [{}, {"deny": []}])
def test_a_restriction_of_nobody_is_refused_with_the_remedy(config):
    with pytest.raises(ValueError, match="name consumers in allow or in deny"):
        check(config)
