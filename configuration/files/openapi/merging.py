"""What an OpenAPI document says, put over what is stored: limits, plugins and all else that it does not say stay.

The outcome is a configuration document, imported like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from configuration.files.exporting import exported
from configuration.files.openapi.operations import routes_of
from configuration.files.openapi.servers import first_server
from configuration.files.outline import FORMAT
from configuration.files.selection import Selection
from configuration.files.substitution import escaped


def configuration_of(document: Mapping[str, Any], service: str, prefix: str, caller: Any) -> dict[str, Any]:
    """The service with its routes. Raises `DocumentError` with everything that cannot be said by them."""
    instance, target = first_server(document)
    routes = routes_of(document, service, prefix, target)
    stored = exported(caller, Selection())
    named = escaped(service)
    known = next((one for one in stored.get("services", ()) if one["name"] == named), None)
    services = [_with_instance(known, named, instance)] if known is None or instance else [known]
    by_name = {one["name"]: one for one in stored.get("routes", ()) if one["service_name"] == named and "name" in one}
    return {
        "format": FORMAT,
        "services": services,
        "routes": [{**by_name.get(route["name"], {}), **route} for route in routes],
    }


def _with_instance(service: Mapping[str, Any] | None, name: str, instance: Mapping[str, Any] | None) -> dict[str, Any]:
    """A service with this instance; one that has instances keeps to those."""
    found: dict[str, Any] = {"name": name, **(service or {})}
    return {**found, "instances": [dict(instance)]} if instance and not found.get("instances") else found
