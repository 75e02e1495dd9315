"""`/admin/consumers` (G-226)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view

from gateway_project.rest.schema import answers
from permissions.api import consumer_replies as replies
from permissions.api.consumer_serializers import ConsumerSerializer
from permissions.api.filters import ConsumerFilter
from permissions.api.numbered import NumberedViewSet
from permissions.models import Consumer

CONSUMER_NOT_FOUND = _("Consumer not found.")

EXAMPLE = OpenApiExample(
    "A consumer",
    value={"name": "shop", "description": "The web shop", "labels": {"team": "sales"}, "rate_limit_rpm": 600},
    request_only=True,
)


@extend_schema_view(
    list=extend_schema(
        operation_id="listConsumers",
        summary="List consumers",
        responses=answers("ConsumerList", replies.ConsumerListSerializer, 400),
    ),
    retrieve=extend_schema(
        operation_id="getConsumer",
        summary="Read a consumer",
        responses=answers("Consumer", ConsumerSerializer, 404),
    ),
    create=extend_schema(
        operation_id="createConsumer",
        summary="Create a consumer",
        examples=[EXAMPLE],
        responses=answers("ConsumerCreated", replies.ConsumerCreatedSerializer, 400, 409, 413),
    ),
    update=extend_schema(
        operation_id="updateConsumer",
        summary="Change a consumer",
        request=ConsumerSerializer(partial=True),
        responses=answers("ConsumerUpdated", replies.ConsumerUpdatedSerializer, 400, 404, 409, 412, 413),
    ),
    destroy=extend_schema(
        operation_id="deleteConsumer",
        summary="Delete a consumer with its credentials and grants",
        responses=answers("ConsumerDeleted", replies.ConsumerDeletedSerializer, 404, 412),
    ),
)
@extend_schema(tags=["consumers"])
class ConsumerViewSet(NumberedViewSet):
    """Consumers; all of it for administrators only (G-011)."""

    queryset = Consumer.objects.order_by("id")
    serializer_class = ConsumerSerializer
    filterset_class = ConsumerFilter
    list_key = "consumers"
    reply_id = "consumer_id"
    created_fields = ("name", "created_at")
    administrator_actions = frozenset({"list", "retrieve", "create", "update", "destroy"})
    not_found = CONSUMER_NOT_FOUND
    messages = {
        "list": _("Consumers fetched."),
        "retrieve": _("Consumer fetched."),
        "create": _("Consumer created."),
        "update": _("Consumer updated."),
        "destroy": _("Consumer deleted."),
    }
