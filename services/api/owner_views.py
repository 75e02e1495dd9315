"""/admin/services/{service_name}/owner: the team a service belongs to (docs/access.md)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers

from gateway_project.rest import access
from gateway_project.rest import fields as strict
from gateway_project.rest.schema import answers
from gateway_project.rest.serializers import StrictModelSerializer
from revisions.api.viewset import ConfigurationViewSet
from services.api import replies
from services.api.policy_views import PolicyViewSet
from services.models import Service


def owner_field() -> strict.NamedRowField:
    """A team by its name; null for nobody."""
    return strict.NamedRowField("name", queryset=Group.objects.all(), allow_null=True, required=False)


class OwnerSerializer(StrictModelSerializer):
    """Body of PUT."""

    owner = owner_field()

    class Meta:
        model = Service
        fields = ["owner"]

    def validate_owner(self, value: Any) -> Any:
        """Whose a service is only an administrator says. Raises `Forbidden`."""
        return checked_owner(self, value)


class OwnerShownSerializer(OwnerSerializer):
    """Content of GET."""

    service_name = serializers.CharField(source="name", read_only=True)

    class Meta(OwnerSerializer.Meta):
        fields = ["service_name", "owner"]


def checked_owner(serializer: Any, value: Any) -> Any:
    """The owner that is asked for. Raises `Forbidden` for a new one that an administrator has not asked for."""
    if value != (serializer.instance.owner if serializer.instance is not None else None):
        access.require_administrator(access.caller_in(serializer.context))
    return value


GIVEN = OpenApiExample("Give it to a team", value={"owner": "orders-team"}, request_only=True)
SHOWN = {"service_name": "user-service", "owner": "orders-team"}
CHANGED = {"service_name": "user-service", "updated_fields": ["owner"], "updated_at": "2025-01-09 11:00:00"}


@extend_schema_view(
    retrieve=extend_schema(
        operation_id="getServiceOwner",
        summary="Read whose a service is",
        responses=answers("ServiceOwner", OwnerShownSerializer, 404, example=("Service owner fetched.", SHOWN)),
    ),
    update=extend_schema(
        operation_id="updateServiceOwner",
        summary="Give a service to a team",
        request=OwnerSerializer(partial=True),
        examples=[GIVEN],
        responses=answers(
            "ServiceOwnerUpdated",
            replies.PolicyUpdatedSerializer,
            400,
            404,
            412,
            413,
            example=("Service owner updated.", CHANGED),
        ),
    ),
)
@extend_schema(tags=["services"])
class OwnerViewSet(PolicyViewSet):
    """The owner of the service that the path names. Who sees the service reads it; an administrator changes it."""

    queryset = Service.objects.all()  # the owner is read by itself: a row that may be missing cannot be locked with it
    serializer_class = OwnerSerializer  # type: ignore[assignment] # another body, found by the same name
    detail_serializer_class = OwnerShownSerializer  # type: ignore[assignment]
    administrator_actions = frozenset({"update"})
    operator_actions = frozenset()
    messages = {"retrieve": _("Service owner fetched."), "update": _("Service owner updated.")}
    changed_fields = ConfigurationViewSet.changed_fields
