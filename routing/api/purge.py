"""/admin/cache/purge: forgets stored replies on every worker (G-405)."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gateway_project.rest import access, fields, purging
from gateway_project.rest.codes import Code
from gateway_project.rest.envelope import success
from gateway_project.rest.errors import ApiError, Forbidden, NotFound
from gateway_project.rest.schema import answers
from gateway_project.rest.serializers import StrictSerializer
from revisions.api.viewset import body_of
from routing.models import Route
from routing.path import PathError, canonicalise

MOST_TAG_BYTES = 128
ONE_OF = ("route_id", "path", "tag", "all")


class PurgeSerializer(StrictSerializer):
    """What to forget: exactly one of the four."""

    route_id = fields.StrictCharField(required=False, help_text="The replies of this route.")
    path = fields.StrictCharField(
        required=False, help_text="The replies of these paths, whatever their query; `*` stands for any characters."
    )
    tag = fields.StrictCharField(required=False, help_text="The replies whose `Cache-Tag` or `Surrogate-Key` has it.")
    all = fields.StrictBooleanField(required=False, help_text="Everything; must be true.")

    def validate_route_id(self, value: str) -> str:
        """The id in its usual spelling."""
        try:
            return str(uuid.UUID(value))
        except ValueError:
            raise serializers.ValidationError(_("Must be the id of a route.")) from None

    def validate_path(self, value: str) -> str:
        """The path in its canonical form."""
        try:
            return canonicalise(value.encode("ascii")).path.decode("ascii")
        except (PathError, UnicodeEncodeError):
            text = _("Must be a path that begins with a slash, percent-encoded and without a query.")
            raise serializers.ValidationError(text) from None

    def validate_tag(self, value: str) -> str:
        """Longer tags are never stored."""
        if not 0 < len(value.encode("utf-8", "surrogatepass")) <= MOST_TAG_BYTES:
            raise serializers.ValidationError(_("Must have 1 to 128 bytes."))
        return value

    def validate_all(self, value: bool) -> bool:
        """There is no use for false."""
        if not value:
            raise serializers.ValidationError(_("Must be true; leave it out otherwise."))
        return value

    def check_values(self, values: dict[str, Any], errors: dict[str, Any]) -> None:
        """Two at once could be meant as either or as both."""
        if len(values) + len(errors) != 1:
            errors.setdefault("request", [_("Give exactly one of route_id, path, tag and all.")])


class PurgedSerializer(serializers.Serializer):
    """Content of the reply."""

    purged = serializers.IntegerField(help_text="Stored replies that were removed.")


class PurgeView(APIView):
    """The response cache, as far as the control plane touches it."""

    def get_permissions(self) -> list[BasePermission]:
        """Administrators, for an empty cache sends all traffic upstream; operators, one route of theirs at a time."""
        return [access.operator()]

    @extend_schema(
        operation_id="purgeCache",
        tags=["cache"],
        summary="Forget stored replies",
        request=PurgeSerializer,
        responses=answers("Purge", PurgedSerializer, 400, 404, 413, 503, example=("Cache purged.", {"purged": 12})),
        examples=[OpenApiExample("By path", value={"path": "/api/v1/users/*"}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Answers once no worker serves what was purged; what is being fetched meanwhile is not stored."""
        given = PurgeSerializer(data=body_of(request))
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        values.pop("all", None)
        check_may_purge(request.user, values.get("route_id"))
        try:
            purged = purging.purge(purging.Purge(**values))
        except purging.PurgeFailedError:
            text = _("The cache cannot be reached, so nothing was purged.")
            raise ApiError(text, code=Code.NO_INSTANCE) from None
        return success(_("Cache purged."), {"purged": purged})


def check_may_purge(caller: Any, route_id: str | None) -> None:
    """Raises `Forbidden` for what an operator may not purge, `NotFound` for a route that he may not see.

    An administrator purges what is left of a route that is gone, too: its id is not looked up.
    """
    if access.is_administrator(caller):
        return
    if route_id is None:
        raise Forbidden
    route = access.visible(caller, Route.objects.live().select_related("service")).filter(pk=route_id).first()
    if route is None:
        raise NotFound(_("Route not found."))
    access.require_write(caller, route)
