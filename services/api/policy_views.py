"""/admin/services/{service_name}/policy: breaker, health, limits and connections of one service (G-210)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from gateway_project.rest.errors import NotFound
from gateway_project.rest.parser import text_problem
from gateway_project.rest.schema import answers
from revisions.api.viewset import ConfigurationViewSet
from services.api import examples, replies
from services.api.policy_serializers import PolicySerializer, PolicyShownSerializer, places
from services.models import Service


@extend_schema_view(
    retrieve=extend_schema(
        operation_id="getServicePolicy",
        summary="What the gateway does for a service, and which of it is the default",
        responses=answers("ServicePolicy", PolicyShownSerializer, 404, example=examples.POLICY),
    ),
    update=extend_schema(
        operation_id="updateServicePolicy",
        summary="Change what the gateway does for a service",
        request=PolicySerializer(partial=True),
        examples=[examples.POLICY_BODY],
        responses=answers(
            "ServicePolicyUpdated",
            replies.PolicyUpdatedSerializer,
            400,
            404,
            412,
            413,
            example=examples.POLICY_UPDATED,
        ),
    ),
)
@extend_schema(tags=["services"])
class PolicyViewSet(ConfigurationViewSet):
    """The policy of the service that the path names. Any access token may read it, an administrator change it.

    Of a service that belongs to a team, its members read it and its operators change it.
    """

    queryset = Service.objects.all()
    serializer_class = PolicySerializer
    detail_serializer_class = PolicyShownSerializer
    administrator_actions = frozenset()
    operator_actions = frozenset({"update"})
    reply_id = "service_name"
    identified_by = "name"
    not_found = _("Service not found.")
    messages = {"retrieve": _("Service policy fetched."), "update": _("Service policy updated.")}

    def retrieve(self, request: Request, service_name: str) -> Response:
        """All of it, with its ETag."""
        return super().retrieve(request, service_name)

    def update(self, request: Request, service_name: str) -> Response:
        """Changes the values that are given."""
        return super().update(request, service_name)

    def get_row(self, pk: str, *, lock: bool = False) -> Service:
        """By the name of the service. Raises `NotFound`."""
        rows = self.get_queryset().select_for_update() if lock else self.get_queryset()
        row: Service | None = None if text_problem(pk) else rows.filter(name=pk).first()
        if row is None:
            raise NotFound(self.not_found)
        return row

    def changed_fields(self, data: dict[str, Any], before: dict[str, Any], document: dict[str, Any]) -> list[str]:
        """The places of the values that are others now: the row is locked, so they were sent."""
        earlier = dict(places(before))
        return [place for place, value in places(document) if value != earlier[place]]
