"""The measurements of `benchmarks.history_cost`, in a process that has Django set up on an empty database."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - models can be imported only after setup
from django.db import connection  # noqa: E402 - models can be imported only after setup
from django.test.utils import override_settings  # noqa: E402 - as above
from django.utils import timezone  # noqa: E402 - as above
from rest_framework.test import APIClient  # noqa: E402 - as above

from permissions.models import Permission  # noqa: E402 - as above
from proxy.snapshot.loader import load_configuration  # noqa: E402 - as above
from revisions import change as changing  # noqa: E402 - as above
from revisions.as_of import as_of  # noqa: E402 - as above
from revisions.change import change  # noqa: E402 - as above
from revisions.current import current_revision  # noqa: E402 - as above
from revisions.documents import document_of  # noqa: E402 - as above
from revisions.history import between  # noqa: E402 - as above
from revisions.models import RevisionItem  # noqa: E402 - as above
from revisions.recorder import Recorder  # noqa: E402 - as above
from revisions.restore import restore_configuration  # noqa: E402 - as above
from revisions.restore_object import restore_object  # noqa: E402 - as above
from revisions.retention import prune  # noqa: E402 - as above
from routing.models import Route, RoutePermission  # noqa: E402 - as above
from services.models import Service  # noqa: E402 - as above

ROUTES, REVISIONS = 10_000, 1_000

spent = 0.0


def told(what: str, seconds: float, unit: str = "s") -> None:
    """Prints one figure."""
    print(f"{what:<76} {seconds * (1000 if unit == 'ms' else 1):8.2f} {unit}", flush=True)


def timed(what: str, call: Callable[[], Any], unit: str = "s") -> Any:
    """Calls, and prints how long it took."""
    began = time.perf_counter()
    result = call()
    told(what, time.perf_counter() - began, unit)
    return result


def counted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the time of each call to `spent`."""

    def call(*args: Any, **kwargs: Any) -> Any:
        global spent  # noqa: PLW0603 - one counter of one script
        began = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            spent += time.perf_counter() - began

    return call


def fill() -> None:
    """All routes in one revision."""
    with change(actor="benchmark"):
        services = Service.objects.bulk_create([Service(name=f"service-{number}") for number in range(100)])
        permission = Permission.objects.create(code="bench.read", name="Read")
        routes = [
            Route(service=services[number % 100], path_pattern=f"/r/{number}/*", target_url="/*", methods=["GET"])
            for number in range(ROUTES)
        ]
        for route in routes:
            route.duplicate_key = route.matching_key()
        Route.objects.bulk_create(routes)
        RoutePermission.objects.bulk_create([RoutePermission(route=route, permission=permission) for route in routes])


def puts(client: APIClient) -> None:
    """A thousand single changes over the API, each a revision."""
    global spent  # noqa: PLW0603 - as above
    pks = list(Route.objects.order_by("pk").values_list("pk", flat=True)[:REVISIONS])
    client.put(f"/admin/routes/{pks[0]}", {"priority": 1}, format="json")
    spent = 0.0
    began = time.perf_counter()
    for pk in pks:
        assert client.put(f"/admin/routes/{pk}", {"rate_limit_rpm": 7}, format="json").status_code == 200
    told("one PUT of a route over the API", (time.perf_counter() - began) / len(pks), "ms")
    told("  of it recording", spent / len(pks), "ms")


def delete_all() -> None:
    """Routes first: their services are protected."""
    Route.objects.all().delete()
    Service.objects.all().delete()


def listing(number: int) -> None:
    """What the list endpoint reads."""
    with as_of(number):
        rows: Any = Route.objects
        assert len(list(rows.live().whole().order_by("-priority", "-created_at", "id")[:20])) == 20


def compiled(number: int) -> None:
    """What explaining or exporting the past reads."""
    with as_of(number):
        assert len(load_configuration().routes) == ROUTES


def token() -> str:
    """An administrator's."""
    out = io.StringIO()
    call_command("issue_token", "--subject", "root", "--permission", "gateway.admin", "--ttl", "3600", stdout=out)
    return out.getvalue().strip()


def whole_snapshot() -> int:
    """The alternative: every row of the configuration, as often as one is written."""
    return len(
        json.dumps([document_of(row) for model in (Service, Route, RoutePermission) for row in model.objects.all()])
    )


def main() -> None:
    """Prints every figure in turn."""
    Recorder.read = counted(Recorder.read)  # type: ignore[method-assign]
    Recorder.changes = counted(lambda self, original=Recorder.changes: iter(list(original(self))))  # type: ignore[method-assign]
    changing._record = counted(changing._record)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token()}")
    print(f"{connection.vendor}, {ROUTES} routes, each with a permission")
    timed("bulk_create of all, recorded", fill)
    told("  of it recording", spent)
    first = current_revision()
    with override_settings(ALLOWED_HOSTS=["*"]):
        puts(client)
    timed("a page of 20 as of 1,000 revisions ago", lambda: listing(first), "ms")
    timed("the whole configuration compiled as of then", lambda: compiled(first))
    timed("difference of the two", lambda: between(RevisionItem.objects.all(), first, current_revision()), "ms")
    timed("restore of it: 1,000 routes differ", lambda: restore_configuration(first))
    before = current_revision()
    timed("update of all routes in one revision, recorded", lambda: Route.objects.update(priority=3))
    timed("a page of 20 as of before it", lambda: listing(before), "ms")
    timed("restore of the whole configuration: 10,000 routes differ", lambda: restore_configuration(before))
    pk = Route.objects.values_list("pk", flat=True).first()
    timed("undelete of one route: mark", lambda: Route.objects.filter(pk=pk).update(deleted_at=timezone.now()), "ms")
    timed("undelete of one route: restore", lambda: restore_object(Route, pk), "ms")
    before = current_revision()
    timed(
        "deletion of all routes and services, recorded",
        delete_all,
    )
    timed("restore of the whole configuration: 10,000 routes come back", lambda: restore_configuration(before))
    size = timed("a snapshot of all rows as JSON, for comparison", whole_snapshot)
    print(f"  its size {size / 1e6:.1f} MB; changes recorded so far {RevisionItem.objects.count()}")
    timed("pruning to 1,000 changes", lambda: prune(1000))


if __name__ == "__main__":
    main()
