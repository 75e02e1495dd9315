"""What the overview's plots are fed with, once a second while somebody looks: sums, of which the page makes rates.

| key        | holds                                                                        | at most as old as |
|------------|------------------------------------------------------------------------------|-------------------|
| `at`       | epoch seconds of the answer                                                  |                   |
| `sums`     | cumulative figures, as `proxy/metering/service_sums.py` has them, added up   | 0.8 s             |
| `bounds`   | upper bounds of the histogram behind them, in seconds                        |                   |
| `moment`   | instances, breakers, and for administrators workers and problems             | 4 s               |

However many look, the node is asked once in these times. Of services that the person may not see nothing is in it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from django.http import HttpRequest, JsonResponse

from gateway_project.rest import access, figures
from proxy.metering.buckets import DURATION_BOUNDS
from proxy.metering.series import family_and_labels
from proxy.metering.service_sums import FIELDS
from revisions import in_force
from revisions.current import current_revision
from services.models import Service

T = TypeVar("T")

SUMS_SECONDS = 0.8
GAUGES_SECONDS = 4.0
MOST_BREAKERS = 20
CIRCUITS = {1.0: "half_open", 2.0: "open"}
"""By the gauge `circuit_state`; 0 is closed."""


class Kept(Generic[T]):
    """The answer to a question that is asked again only when it is too old."""

    def __init__(self, seconds: float, ask: Callable[[], T]) -> None:
        self._seconds = seconds
        self._ask = ask
        self._lock = threading.Lock()
        self._held: tuple[object, float, T] | None = None

    def now(self) -> T:
        """Also after another source has been registered the answer is that of the present one."""
        with self._lock:
            source, now = figures.source(), time.monotonic()
            if self._held is None or self._held[0] is not source or now - self._held[1] > self._seconds:
                self._held = (source, now, self._ask())
            return self._held[2]


def _by_service() -> Mapping[str, Any]:
    source = figures.source()
    return (source.by_service() if source else None) or {}


sums: Kept[Mapping[str, Any]] = Kept(SUMS_SECONDS, _by_service)
gauges: Kept[Mapping[str, float]] = Kept(GAUGES_SECONDS, figures.gauges)


def services_of(person: Any) -> frozenset[str] | None:
    """Names of the services that the person may see; None for administrators, who see all and what reached none."""
    if access.is_administrator(person):
        return None
    return frozenset(access.visible(person, Service.objects.all()).values_list("name", flat=True))


def live_figures(request: HttpRequest) -> JsonResponse:
    """As the table above says."""
    names = services_of(request.user)
    total = [0.0] * (len(FIELDS) + len(DURATION_BOUNDS) + 1)
    for key, values in sums.now().items():
        if names is None or family_and_labels(key)[1][0] in names:
            total = [one + other for one, other in zip(total, values, strict=True)]
    content = {"at": time.time(), "sums": total, "bounds": DURATION_BOUNDS, "moment": moment(names)}
    return JsonResponse(content)


def moment(names: frozenset[str] | None) -> dict[str, Any]:
    """How the instances, the breakers and the workers are; `names` as `services_of` says."""
    healthy = instances = problems = 0
    breakers: list[dict[str, str]] = []
    for name, value in gauges.now().items():
        family, labels = family_and_labels(name)
        if family == "config_problems":
            problems = int(value)
        if family not in ("target_healthy", "circuit_state") or not (names is None or labels[0] in names):
            continue
        if family == "target_healthy":
            healthy, instances = healthy + int(value), instances + 1
        elif value in CIRCUITS:
            breakers.append({"service": labels[0], "instance": labels[1], "state": CIRCUITS[value]})
    found = {"healthy": healthy, "instances": instances, "open": len(breakers), "breakers": breakers[:MOST_BREAKERS]}
    return found if names is not None else found | {"problems": problems, **_workers()}


def _workers() -> dict[str, Any]:
    workers, revision = in_force.workers(), current_revision()
    behind = [str(worker["name"]) for worker in workers if worker.get("revision") != revision]
    return {"workers": len(workers), "behind": behind, "revision": revision}
