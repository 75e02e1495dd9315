"""GET /admin/conflicts and GET /admin/problems (G-503, G-504)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, get_args

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gateway_project.explain import examples, replies
from gateway_project.explain.sight import permissions_seen, routes_seen, services_seen
from gateway_project.rest import access
from gateway_project.rest.envelope import success
from gateway_project.rest.errors import field_errors
from gateway_project.rest.filters import refuse_unknown_parameters
from gateway_project.rest.pagination import DEFAULT_SIZE, MAX_PAGE, MAX_SIZE, query_integer
from gateway_project.rest.schema import answers
from proxy.conflicts.conflict import Conflict, ConflictKind
from proxy.explain.problems import Problem
from proxy.explain.rows import explainer

PAGE = [
    OpenApiParameter("page", {"type": "integer", "minimum": 1, "default": 1}),
    OpenApiParameter("size", {"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": DEFAULT_SIZE}),
]


class ConflictsView(APIView):
    """What of the configuration has no effect, or not the one that was meant."""

    def get_permissions(self) -> list[BasePermission]:
        """Any access token, about what its holder may see."""
        return [access.authenticated()]

    @extend_schema(
        operation_id="listConflicts",
        tags=["explain"],
        summary="Duplicate, shadowed and unreachable routes; services, routes and permissions that lead nowhere",
        parameters=[OpenApiParameter("kind", str, enum=list(get_args(ConflictKind))), *PAGE],
        responses=answers("ConflictList", replies.ConflictListSerializer, 400, example=examples.CONFLICTS),
    )
    def get(self, request: Request) -> Response:
        """Of the newest revision; routes first."""
        refuse_unknown_parameters(request, {"kind", "page", "size"})
        kind = request.query_params.get("kind")
        if kind is not None and kind not in get_args(ConflictKind):
            raise field_errors({"kind": _("Must be one of: %s.") % ", ".join(get_args(ConflictKind))})
        known = explainer()
        found = [one for one in conflicts_seen(request.user, known.conflicts) if kind in (None, one.kind)]
        shown = [{**asdict(one), "severity": one.severity} for one in page_of(request, found)]
        content = {"revision": known.configuration.revision, "total": len(found), "conflicts": shown}
        return success(_("Conflicts fetched."), content)


class ProblemsView(APIView):
    """Rows that cannot be served as they stand."""

    def get_permissions(self) -> list[BasePermission]:
        """Any access token, about what its holder may see."""
        return [access.authenticated()]

    @extend_schema(
        operation_id="listProblems",
        tags=["explain"],
        summary="Rows that keep their place and answer F50000",
        parameters=PAGE,
        responses=answers("ProblemList", replies.ProblemListSerializer, 400, example=examples.PROBLEMS),
    )
    def get(self, request: Request) -> Response:
        """Of the newest revision; services first."""
        refuse_unknown_parameters(request, {"page", "size"})
        known = explainer()
        found = problems_seen(request.user, known.problems)
        shown = [asdict(one) for one in page_of(request, found)]
        content = {"revision": known.configuration.revision, "total": len(found), "problems": shown}
        return success(_("Problems fetched."), content)


def page_of(request: Request, found: Sequence[Any]) -> Sequence[Any]:
    """The page asked for. Raises `BadRequest` naming a bad parameter."""
    page = query_integer(request, "page", default=1, lowest=1, highest=MAX_PAGE)
    size = query_integer(request, "size", default=DEFAULT_SIZE, lowest=1, highest=MAX_SIZE)
    return found[(page - 1) * size : page * size]


def conflicts_seen(caller: Any, found: Sequence[Conflict]) -> list[Conflict]:
    """Those of what the caller may see; routes of others that stand in the way are not named."""
    ids = {one.subject_id for one in found if one.subject == "route"} | {key for one in found for key in one.by}
    routes = routes_seen(caller, ids)
    places = {"route": routes, "service": services_seen(caller), "permission": permissions_seen(caller)}
    return [
        replace(one, by=tuple(key for key in one.by if key in routes))
        for one in found
        if one.subject_id in places[one.subject]
    ]


def problems_seen(caller: Any, found: Sequence[Problem]) -> list[Problem]:
    """Those of what the caller may see."""
    places = {
        "route": routes_seen(caller, [one.subject_id for one in found if one.subject == "route"]),
        "service": services_seen(caller),
    }
    return [one for one in found if one.subject_id in places[one.subject]]
