"""`routes`: list, show, create, update, delete."""

from __future__ import annotations

import argparse
import uuid

from gateway_client.errors import Misused
from gateway_client.objects import Objects
from gateway_client.session import Session


def identity(session: Session, text: str) -> str:
    """The id of a route named by id or by name. Raises `Misused` where that is not one route."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        found = session.api.listed("/admin/routes", "routes", {"search": text})
        ids = [str(one["id"]) for one in found if one.get("name") == text]
    if len(ids) != 1:
        raise Misused(f"{len(ids)} routes are named {text}" + (f": {', '.join(ids)}" if ids else ""))
    return ids[0]


ROUTES = Objects(
    path="/admin/routes",
    key="routes",
    name="route",
    columns=("id", "name", "method", "hosts", "path_pattern", "service_name", "target_url", "priority", "is_active"),
    filters=("service_name", "is_active", "search", "method", "path", "host", "label", "ordering"),
    identity=identity,
)


def arguments(parser: argparse.ArgumentParser) -> None:
    ROUTES.arguments(parser)


def run(session: Session, options: argparse.Namespace) -> int:
    status: int = options.act(session, options)
    return status
