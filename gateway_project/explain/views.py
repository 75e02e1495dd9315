"""POST /admin/explain, POST /admin/permissions/check (G-410, G-227)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gateway_project.explain import examples, replies
from gateway_project.explain.answering import explained
from gateway_project.explain.asking import MOST_CHECKS, CheckSerializer, ExplainSerializer, asked_of
from gateway_project.explain.checks import check_all
from gateway_project.rest import access
from gateway_project.rest.envelope import success
from gateway_project.rest.errors import field_errors
from gateway_project.rest.schema import answers
from revisions.api.viewset import body_of


class ExplainView(APIView):
    """Why a request is answered as it is."""

    def get_permissions(self) -> list[BasePermission]:
        """Any access token; of what belongs to other teams nothing is told."""
        return [access.authenticated()]

    @extend_schema(
        operation_id="explain",
        tags=["explain"],
        summary="What would become of a request, and why",
        request=ExplainSerializer,
        responses=answers("Explanation", replies.ExplanationSerializer, 400, 404, 413, example=examples.EXPLAINED),
        examples=[examples.EXPLAIN],
    )
    def post(self, request: Request) -> Response:
        """Nothing is sent, counted or stored."""
        given = ExplainSerializer(data=body_of(request))
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        told = explained(request.user, asked_of(values), values.get("as_of"))
        return success(_("Request explained."), asdict(told))


class CheckView(APIView):
    """Whether somebody may do something, asked before he does it."""

    def get_permissions(self) -> list[BasePermission]:
        """Any access token, about its holder; administrators about anybody."""
        return [access.authenticated()]

    @extend_schema(
        operation_id="checkPermissions",
        tags=["explain"],
        summary="Whether a caller may make a request",
        request=replies.CheckOrManySerializer,
        responses=answers("Check", replies.CHECKED_OR_MANY, 400, 403, 413, example=examples.CHECKED),
        examples=[examples.CHECK, examples.CHECKS],
    )
    def post(self, request: Request) -> Response:
        """One check, or up to 100 as `checks`; a batch with a mistake is refused whole."""
        body = body_of(request)
        if "checks" not in body:
            return success(_("Permissions checked."), asdict(check_all(request, [_checked(body)])[0]))
        many = [_checked(one, f"checks.{place}.") for place, one in enumerate(_batch(body))]
        results = [asdict(one) for one in check_all(request, many)]
        return success(_("Permissions checked."), {"results": results})


def _checked(body: Any, place: str = "") -> dict[str, Any]:
    """The values of one check. Raises `BadRequest` that names each field, in a batch with its place."""
    given = CheckSerializer(data=body)
    if not given.is_valid():
        raise field_errors({f"{place}{name}": texts for name, texts in given.errors.items()})
    return dict(given.validated_data)


def _batch(body: dict[str, Any]) -> list[Any]:
    checks = body["checks"]
    if len(body) > 1:
        raise field_errors({name: _("Unknown field.") for name in sorted(body.keys() - {"checks"})})
    if not isinstance(checks, list) or not 1 <= len(checks) <= MOST_CHECKS:
        raise field_errors({"checks": _("Must be a list of 1 to 100 checks.")})
    wrong = [place for place, check in enumerate(checks) if not isinstance(check, dict)]
    if wrong:
        raise field_errors({f"checks.{place}": _("Must be an object.") for place in wrong})
    return checks
