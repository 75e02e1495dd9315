"""G-410: an explainer that goes on from another says what one of its own would say, and leaves the other as it was."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from proxy.explain.asked import Asked
from proxy.explain.explainer import Explainer
from proxy.explain.live import Live
from proxy.snapshot.configuration import Configuration
from tests.unit.explain.rehearsed import OPTIONS, a_configuration, a_service, an_instance
from tests.unit.routing_core.routes import a_route

LIVE = Live()
ROUTES = [a_route(f"/{name}", id=name, requires_auth=False, target_url="/t") for name in "abcd"]


def an_explainer(configuration: Configuration, before: Explainer | None = None, live: Live = LIVE) -> Explainer:
    return Explainer(configuration, (), (), OPTIONS, live, before=before)


def told(explainer: Explainer) -> list[Any]:
    async def each() -> list[Any]:
        return [await explainer.explain(Asked(target=f"/{name}")) for name in "abcde"]

    return [*asyncio.run(each()), explainer.problems, explainer.conflicts]


def test_g410_an_explainer_that_goes_on_from_another_says_what_one_of_its_own_would() -> None:
    services = (a_service("s", an_instance()), a_service("t", an_instance(2)))
    configurations = [
        a_configuration(*ROUTES, services=services),
        a_configuration(*ROUTES[1:], services=services),
        a_configuration(*ROUTES[1:], replace(ROUTES[0], path_pattern="/e"), services=services),
        a_configuration(*ROUTES[:3], replace(ROUTES[3], service_id="t", service_name="t"), services=services),
        a_configuration(*ROUTES, services=(a_service("s", an_instance(status="draining")),)),
        a_configuration(*ROUTES, services=(a_service("t", an_instance(2)),)),
        a_configuration(*ROUTES, services=services, plugins={"redirect": {"location": "/x"}}),
    ]
    before: Explainer | None = None
    for number, configuration in enumerate(configurations):
        following = an_explainer(configuration, before)
        was = told(before) if before is not None else None
        assert told(following) == told(an_explainer(configuration)), number
        if before is not None:
            assert told(before) == was
        before = following


def test_one_that_nobody_has_asked_is_passed_over() -> None:
    first = an_explainer(a_configuration(*ROUTES))
    wanted = told(first)
    unasked = an_explainer(a_configuration(*ROUTES[1:]), first)
    assert told(an_explainer(a_configuration(*ROUTES), unasked)) == wanted


def test_other_stores_begin_anew() -> None:
    first = an_explainer(a_configuration(*ROUTES))
    told(first)
    assert an_explainer(a_configuration(*ROUTES), first, Live())._made is None
