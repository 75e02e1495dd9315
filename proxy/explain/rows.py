"""Explainers made of the rows: that of the newest revision, and that of the past revision asked about last."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.utils.translation import override

from permissions.models import Permission
from proxy.explain.explainer import Explainer
from proxy.explain.live import Live, registered
from proxy.snapshot.configuration import Configuration
from proxy.snapshot.loader import load_configuration
from revisions.as_of import as_of
from revisions.models import Revision
from routing.compile import inactive_specs
from routing.spec import RouteSpec

Version = tuple[Any, ...]

_lock = threading.Lock()
_known: dict[bool, tuple[Version, Explainer]] = {}
"""By whether it is of the past."""


def explainer(number: int | None = None) -> Explainer:
    """As of now, or of a revision. Raises `NotFound` for a revision that nobody can tell of."""
    newest = Revision.objects.order_by("-number").values_list("number", "created_at").first()
    version = (newest, number, registered())
    with _lock:
        known = _known.get(number is not None)
        if known is None or known[0] != version:
            with override(settings.LANGUAGE_CODE):  # what is wrong with a row is kept in the words of the node's log
                known = _known[number is not None] = (version, _made(*_read(number)))
        return known[1]


def _read(number: int | None) -> tuple[Configuration, Iterable[RouteSpec], Iterable[str]]:
    if number is not None:
        with as_of(number):
            configuration, inactive, permissions = _read(None)
            return replace(configuration, revision=number), inactive, permissions
    permissions = Permission.objects.filter(is_system=False).values_list("code", flat=True)
    return load_configuration(), inactive_specs(), list(permissions)


def _made(configuration: Configuration, inactive: Iterable[RouteSpec], permissions: Iterable[str]) -> Explainer:
    return Explainer(configuration, inactive, permissions, settings.GATEWAY_OPTIONS, registered() or Live())
