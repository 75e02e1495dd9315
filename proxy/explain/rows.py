"""Explainers made of the rows: that of the newest revision, and that of the past revision asked about last."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.utils.translation import override

from permissions.models import Permission
from proxy.conflicts.newest_report import NEWEST as NEWEST_REPORT
from proxy.explain.explainer import Explainer
from proxy.explain.live import Live, registered
from proxy.snapshot.loader import NEWEST as NEWEST_CONFIGURATION
from proxy.snapshot.loader import load_configuration
from revisions.as_of import as_of
from revisions.history import require_known
from revisions.models import Revision
from routing.compile import inactive_specs

Version = tuple[Any, ...]

_lock = threading.Lock()
_known: dict[bool, tuple[Version, Explainer]] = {}
"""By whether it is of the past."""

NOWHERE = Live()
"""Where no gateway runs beside: nothing was counted."""


def explainer(number: int | None = None) -> Explainer:
    """As of now, or of a revision. Raises `NotFound` for a revision that nobody can tell of."""
    newest = Revision.objects.order_by("-number").values_list("number", "created_at").first()
    version = (newest, number, registered())
    with _lock:
        held, known = _known.get(number is not None, (None, None))
        if known is None or held != version:
            if number is not None:
                require_known(number)  # here, in the words of who asks
            with override(settings.LANGUAGE_CODE):  # what is wrong with a row is kept in the words of the node's log
                known = _of_past(number) if number is not None else _of_now(known)
            _known[number is not None] = (version, known)
        return known


def _of_now(before: Explainer | None) -> Explainer:
    rows = NEWEST_CONFIGURATION.load(), inactive_specs(), _codes()
    return Explainer(*rows, settings.GATEWAY_OPTIONS, registered() or NOWHERE, NEWEST_REPORT.of, before)


def _of_past(number: int) -> Explainer:
    with as_of(number):
        rows = replace(load_configuration(), revision=number), inactive_specs(), _codes()
    return Explainer(*rows, settings.GATEWAY_OPTIONS, registered() or NOWHERE)


def _codes() -> list[str]:
    return list(Permission.objects.filter(is_system=False).values_list("code", flat=True))
