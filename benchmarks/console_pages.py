"""What the console's pages cost with many routes: `python -m benchmarks.console_pages [--routes 10000]`.

Rows in SQLite in a temporary directory, an administrator, Django's test client. Processor time of the process, the
first and the median of five, which a busy machine disturbs less than the wall clock; `docs/console.md` has the figures.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

TIMES = 5
INSTANCES = 3
ROUTES_OF_A_SERVICE = 20
PLOTTED_ROUTES, PLOTTED_HOURS = 200, 720


def main() -> None:
    """Prints a row a page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.console_pages")
    parser.add_argument("--routes", type=int, default=10_000)
    count = parser.parse_args().routes
    with tempfile.TemporaryDirectory(prefix="gateway-pages-") as name:
        (Path(name) / "env").touch()
        os.environ |= {
            "GATEWAY_ENV_FILE": str(Path(name) / "env"),
            "GATEWAY_STATE_DIR": name,
            "GATEWAY_ALLOWED_HOSTS": "testserver",
            "GATEWAY_SECRET_KEY": "benchmark-secret-key-0123456789abcdef0123456789abcdef",
            "GATEWAY_JWT_SECRET": "benchmark-jwt-secret-0123456789abcdef0123456789abcdef",
            "DJANGO_SETTINGS_MODULE": "gateway_project.settings",
        }
        import django

        django.setup()
        _fill(count)
        _measure()


def _fill(count: int) -> None:
    from django.core.management import call_command

    from routing.models import Route
    from services.models import Service, ServiceInstance

    call_command("migrate", verbosity=0)
    services = [Service(name=f"service-{number:04}") for number in range(max(1, count // ROUTES_OF_A_SERVICE))]
    Service.objects.bulk_create(services)
    ServiceInstance.objects.bulk_create(
        ServiceInstance(service=one, instance_id=f"{one.name}-{number}", host="127.0.0.1", port=9000 + number)
        for one in services
        for number in range(INSTANCES)
    )
    routes = [
        Route(
            service=services[number % len(services)],
            path_pattern=f"/api/v1/resource-{number:05}/*",
            target_url="/*",
            methods=["GET"],
            name=f"r-{number:05}",
        )
        for number in range(count)
    ]
    for route in routes:
        route.duplicate_key = route.matching_key()
    Route.objects.bulk_create(routes, batch_size=1000)
    _fill_hours()


def _fill_hours() -> None:
    from datetime import UTC, datetime, timedelta

    from proxy.models import SUMS, RouteHour

    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    for back in range(PLOTTED_HOURS):
        values: dict[str, Any] = {"hour": now - timedelta(hours=back), "source": "a", **dict.fromkeys(SUMS, 1)}
        rows = [
            RouteHour(service=f"service-{number:04}", route=f"r-{number:05}", **values)
            for number in range(PLOTTED_ROUTES)
        ]
        RouteHour.objects.bulk_create(rows, batch_size=500)


def _pages() -> Iterator[str]:
    from routing.models import Route
    from services.models import Service

    route, service = Route.objects.order_by("path_pattern")[5], Service.objects.order_by("name")[0]
    own, model = f"routing/route/{route.pk}", "routing/route"
    yield from ("", "live/figures/", "live/history/month/")
    yield from (f"{model}/", f"{model}/?p=50", f"{model}/?q=resource-00", f"{model}/?q=GET {route.path_pattern[:-1]}7")
    yield from (f"{own}/change/", f"{own}/delete/", f"{model}/add/", f"send/{route.pk}/")
    yield from ("services/service/", f"services/service/{service.pk}/change/", "services/serviceinstance/")
    yield from ("routing/globalplugin/add/", "topology/", f"explain/?path={route.path_pattern[:-1]}7", "may/")
    yield from ("revisions/revision/", "permissions/auditentry/")


def _measure() -> None:
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client()
    people: Any = get_user_model().objects
    client.force_login(people.create_superuser("admin", "", "x"))
    print("| page | first ms | median ms | queries | KiB |\n|---|---|---|---|---|")
    for page in _pages():
        spent = []
        for _ in range(TIMES):
            with CaptureQueriesContext(connection) as queries:
                began = time.process_time()
                answer = client.get(f"/console/{page}")
                spent.append(1000 * (time.process_time() - began))
        assert answer.status_code == 200, (page, answer.status_code)
        size = len(answer.content) // 1024
        print(f"| {page} | {spent[0]:.0f} | {median(spent):.0f} | {len(queries)} | {size} |", flush=True)


if __name__ == "__main__":
    main()
