"""G-501: effects of a rehearsed change, found by following what changed, are those of the two whole configurations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from configuration.effects import effects as module
from configuration.effects.effects import Effects
from configuration.files.importing import prepared
from gateway_project.rest import access
from proxy.conflicts.conflicts import Report
from proxy.conflicts.newest_report import NewestReport
from proxy.models import RouteHour
from proxy.snapshot.loader import load_configuration
from revisions.change import change
from routing.models import Route
from tests.common.factories import make_hour
from tests.common.random_configuration import CONFIGURATIONS

pytestmark = pytest.mark.django_db

FEW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])


class Compared(Effects):
    """Beside what is told by following, what two whole readings and two whole reports tell."""

    def begin(self, newest: int) -> None:
        super().begin(newest)
        self.whole_before = load_configuration()

    def look(self, rows: Any) -> None:
        super().look(rows)
        self.whole_after = load_configuration()

    def effects(self) -> dict[str, Any]:
        told = super().effects()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "NEWEST_REPORT", NewestReport())
            patch.setattr(module, "Report", lambda configuration, codes, _before: Report(configuration, codes))
            self._before = replace(self._before, configuration=self.whole_before)
            if self._after is not None:
                self._after = replace(self._after, configuration=self.whole_after)
            assert super().effects() == told
        return told


def put(document: dict[str, Any], foresight: Effects | None = None) -> None:
    """Makes the configuration what a document says."""
    with change(foresight=foresight):
        made = prepared({"format": 1, **_escaped(document)}, access.LOCAL, environment={}, prune=True)
        made.carry_out(access.LOCAL, "tester")


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, dict):
        return {key: _escaped(inner) for key, inner in value.items()}
    return [_escaped(inner) for inner in value] if isinstance(value, list) else value


def named(document: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """Each route with one of its services."""
    names = st.sampled_from([service["name"] for service in document["services"]])
    routes = [{"method": "GET", **route, "service_name": data.draw(names)} for route in document["routes"]]
    return {**document, "routes": routes}


@FEW
@given(st.lists(CONFIGURATIONS, min_size=3, max_size=3), st.data())
def test_g501_effects_found_by_following_are_those_of_the_whole(
    documents: list[dict[str, Any]], data: st.DataObject
) -> None:
    first, second, third = (named(document, data) for document in documents)
    put(first)
    RouteHour.objects.all().delete()
    for service, route in {(one.service.name, one.name or str(one.pk)) for one in Route.objects.live()}:
        make_hour(0, service=service, route=route, requests=7)
    put(second, Compared(access.LOCAL))
    waited = Compared(access.LOCAL)
    put(third)  # another change has come between
    put(second, waited)
