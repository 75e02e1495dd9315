"""What the stages looked at: the facts beside each verdict. Nothing here holds a credential."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from permissions.decision import missing
from proxy.breaker.circuit_breaker import CLEAN
from proxy.breaker.rules import SERVICE, board_key, decode
from proxy.explain.scene import Scene
from proxy.stages import (
    authenticate,
    basic_auth,
    break_circuit,
    check_permission,
    consumer_restriction,
    ip_restriction,
    key_auth,
    path_rewrite,
    request_size_limit,
    traffic_split,
)
from proxy.stages.request_size_limit import limit_of
from services.spec import ServiceSpec

Describe = Callable[[Scene], dict[str, Any]]


def _caller(scene: Scene) -> dict[str, Any]:
    principal = scene.exchange.principal
    if principal is None:
        return {}
    expires_at = principal.valid_until
    return {
        "subject": principal.identity.subject,
        "consumer": principal.consumer,
        "roles": sorted(principal.identity.roles),
        "valid_seconds": None if expires_at == float("inf") else max(0, int(expires_at - time.time())),
    }


def _permission(scene: Scene) -> dict[str, Any]:
    principal, spec = scene.exchange.principal, scene.spec
    held = principal.held if principal is not None else frozenset[str]()
    return {
        "required": sorted(spec.required_permissions),
        "strategy": spec.permission_check_strategy,
        "held": sorted(held),
        "missing": missing(spec.required_permissions, held, spec.permission_check_strategy),
    }


def _address(scene: Scene) -> dict[str, Any]:
    assert scene.exchange.request is not None
    return {"address": scene.exchange.request.address}


def _consumer(scene: Scene) -> dict[str, Any]:
    principal = scene.exchange.principal
    return {"consumer": principal.consumer if principal is not None else ""}


def _circuit(scene: Scene) -> dict[str, Any]:
    service = scene.exchange.service
    return {} if service is None else {"circuit": phases(scene, service.spec).get(SERVICE, "closed")}


def phases(scene: Scene, service: ServiceSpec) -> dict[str, str]:
    """The phase of each breaker of a service that has counted anything, by `SERVICE` or the id of the instance."""
    entry = decode(scene.parts.board.read(board_key(service.id)))
    return {name: str(breaker.phase) for name, breaker in entry.items() if breaker != CLEAN}


def _split(scene: Scene) -> dict[str, Any]:
    """Which rule has a say and who shares its requests; without `sticky` any of them may be next."""
    request = scene.exchange.request
    assert request is not None
    for rule in scene.config(traffic_split.NAME)["rules"]:
        if traffic_split.compile_match(rule.get("match", {}))(request):
            shares = {share.get("service", scene.spec.service_name): share.get("weight", 1) for share in rule["split"]}
            return {"shares": shares, "sticky": rule.get("sticky", "")}
    return {"shares": {scene.spec.service_name: 1}, "sticky": ""}


def _path(scene: Scene) -> dict[str, Any]:
    path = scene.exchange.upstream_path
    return {} if path is None else {"path": path.decode("ascii", "replace")}


def _size(scene: Scene) -> dict[str, Any]:
    return {"max_body_bytes": limit_of(scene.spec, scene.parts.options.max_body_bytes)}


DESCRIBING: dict[str, Describe] = {
    ip_restriction.NAME: _address,
    key_auth.NAME: _caller,
    basic_auth.NAME: _caller,
    authenticate.NAME: _caller,
    consumer_restriction.NAME: _consumer,
    check_permission.NAME: _permission,
    request_size_limit.NAME: _size,
    path_rewrite.NAME: _path,
    traffic_split.NAME: _split,
    break_circuit.NAME: _circuit,
}
