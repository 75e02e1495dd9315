"""What the control plane cannot do without: its database and its cache."""

from __future__ import annotations

import logging
from typing import Any

from django.core.cache import caches
from django.db import connection

from gateway_project.health.probe import Probe
from gateway_project.rest import figures
from revisions.current import current_revision

logger = logging.getLogger("gateway.health")


def check_database() -> dict[str, Any]:
    """Reads the revision and counts the live routes on a connection of this thread's own."""
    from routing.models import Route

    try:
        return {"revision": current_revision(), "active_routes": Route.objects.live().filter(is_active=True).count()}
    except Exception:
        logger.exception("the database cannot be read")
        raise
    finally:
        connection.close()


def check_cache() -> dict[str, Any]:
    """Writes and reads back one value."""
    try:
        cache = caches["default"]
        cache.set("gateway-health", "1", 10)
        if cache.get("gateway-health") != "1":
            raise ConnectionError("the cache forgot what it was told")
    except Exception:
        logger.exception("the cache cannot be used")
        raise
    return {}


def check_problems() -> dict[str, Any]:
    """How many rows the workers cannot serve (G-504); nothing where nobody carries traffic."""
    found = figures.gauges().get("config_problems")
    return {} if found is None else {"problems": int(found)}


database = Probe("database", check_database)
cache = Probe("cache", check_cache)
problems = Probe("problems", check_problems)
