"""Puts the benchmark's rows into a fresh database: one service with two instances, a route for each scenario."""

from __future__ import annotations

import os

import django

django.setup()

from benchmarks.scenarios import PERMISSION  # noqa: E402 - models can be imported only after setup
from permissions.models import Permission  # noqa: E402 - as above
from proxy.demo.seed import add_route  # noqa: E402 - as above
from revisions.change import change  # noqa: E402 - as above
from services.models import Service  # noqa: E402 - as above
from services.registration import register_instance  # noqa: E402 - as above

with change(actor="benchmark"):
    for name, port in zip("ab", os.environ["BENCH_UPSTREAM_PORTS"].split(","), strict=True):
        register_instance("bench", instance_id=name, host="127.0.0.1", port=int(port))
    Permission.objects.get_or_create(code=PERMISSION, defaults={"name": PERMISSION})
    service = Service.objects.get(name="bench")
    add_route(service, "/plain/*", requires_auth=False, rate_limit_rpm=None)
    add_route(service, "/whole/*", permissions=[PERMISSION], rate_limit_rpm=None)
