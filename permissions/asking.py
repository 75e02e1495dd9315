"""Which requests with the method of a write change nothing: they only ask."""

from __future__ import annotations

from django.http import HttpRequest

from gateway_project.rest.filters import BOOLEANS

ASKING = frozenset({"/admin/explain", "/admin/permissions/check", "/console/explain/"})
"""Paths whose questions are too long for a query string."""


def only_asks(request: HttpRequest) -> bool:
    """Whether nothing is changed, whatever comes of it: one of `ASKING`, or a dry run.

    A view that cannot rehearse refuses `dry_run` before it begins (`DryRunMiddleware`), and one that can reads it as
    this does, the last value counting.
    """
    return request.path in ASKING or BOOLEANS.get(request.GET.get("dry_run", ""), False)
