"""/admin/services/{service_name}/owner: the team a service belongs to (docs/access.md)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view

from gateway_project.rest.schema import answers
from revisions.api.viewset import ConfigurationViewSet
from services.api import replies
from services.api.owner_serializers import OwnerSerializer, OwnerShownSerializer
from services.api.policy_views import PolicyViewSet
from services.models import Service

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
