"""/admin/routes: the routing table (G-100…G-161)."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view

from gateway_project.rest.schema import answers
from revisions.api.viewset import ConfigurationViewSet
from routing.api import examples, replies
from routing.api.filters import RouteFilter
from routing.api.serializers import RouteSerializer
from routing.models import Route


@extend_schema_view(
    list=extend_schema(
        operation_id="listRoutes",
        responses=answers("RouteList", replies.RouteListSerializer, 400, example=examples.LISTED),
    ),
    create=extend_schema(
        operation_id="createRoute",
        request=RouteSerializer,
        responses=answers("RouteCreated", replies.RouteCreatedSerializer, 400, 409, 413, example=examples.CREATED),
        examples=[examples.BODY],
    ),
    retrieve=extend_schema(operation_id="getRoute", responses=answers("Route", RouteSerializer, 404)),
    update=extend_schema(
        operation_id="updateRoute",
        request=RouteSerializer(partial=True),
        responses=answers(
            "RouteUpdated", replies.RouteUpdatedSerializer, 400, 404, 409, 412, 413, example=examples.UPDATED
        ),
    ),
    destroy=extend_schema(
        operation_id="deleteRoute",
        responses=answers("RouteDeleted", replies.RouteDeletedSerializer, 404, 412, example=examples.DELETED),
    ),
)
@extend_schema(tags=["routes"])
class RouteViewSet(ConfigurationViewSet):
    """Routes. Reading takes any access token, writing an administrator (G-011) or an operator of its team."""

    queryset = Route.objects.live().whole().order_by("-priority", "-created_at", "id")
    serializer_class = RouteSerializer
    filterset_class = RouteFilter
    administrator_actions = frozenset()
    operator_actions = frozenset({"create", "update", "destroy"})
    list_key = "routes"
    reply_id = "route_id"
    created_fields = ("service_name", "path_pattern", "created_at")
    not_found = _("Route not found.")
    messages = {
        "list": _("Routes fetched."),
        "retrieve": _("Route fetched."),
        "create": _("Route created."),
        "update": _("Route updated."),
        "destroy": _("Route deleted."),
    }

    def remove(self, row: Route, now: datetime) -> None:
        """Marks the row: it leaves the traffic and the lists, and can be brought back (G-160)."""
        row.mark_deleted(now)
