"""Puts the benchmark's rows into a fresh database: a service, its instances, and the routes that BENCH_ROWS lists.

It imports nothing of the benchmarks, so that it also fills the database of an earlier checkout.
"""

from __future__ import annotations

import json
import os

import django

django.setup()

from permissions.models import Permission, TokenIssuer  # noqa: E402 - models can be imported only after setup
from proxy.demo.seed import add_route  # noqa: E402 - as above
from revisions.change import change  # noqa: E402 - as above
from routing.models import Route  # noqa: E402 - as above
from services.models import Service  # noqa: E402 - as above
from services.registration import register_instance  # noqa: E402 - as above

rows = json.loads(os.environ["BENCH_ROWS"])
with change(actor="benchmark"):
    for name, port in rows["instances"].items():
        register_instance("bench", instance_id=name, host="127.0.0.1", port=port)
    Permission.objects.get_or_create(code=rows["permission"], defaults={"name": rows["permission"]})
    issuer = TokenIssuer(**rows["issuer"])
    issuer.full_clean()
    issuer.save()
    service = Service.objects.get(name="bench")
    routes = [
        Route(service=service, path_pattern=f"/more/{number}/*", target_url="/*")
        for number in range(rows["more_routes"])
    ]
    for each in routes:
        each.duplicate_key = each.matching_key()
    Route.objects.bulk_create(routes, batch_size=1000)
    for route in rows["routes"]:
        add_route(service, rate_limit_rpm=None, **route)
