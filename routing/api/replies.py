"""Contents of the replies, for the OpenAPI document."""

from __future__ import annotations

from rest_framework import serializers

from gateway_project.rest.fields import TimestampField
from gateway_project.rest.pending import PendingSerializer
from routing.api.serializers import RouteSerializer


class RouteCreatedSerializer(PendingSerializer):
    """Content of POST (G-103)."""

    route_id = serializers.UUIDField()
    service_name = serializers.CharField()
    path_pattern = serializers.CharField()
    created_at = TimestampField()


class RouteUpdatedSerializer(PendingSerializer):
    """Content of PUT (G-140)."""

    route_id = serializers.UUIDField()
    updated_fields = serializers.ListField(child=serializers.CharField())
    updated_at = TimestampField()


class RouteDeletedSerializer(PendingSerializer):
    """Content of DELETE (G-160)."""

    route_id = serializers.UUIDField()
    deleted_at = TimestampField()


class RouteListSerializer(serializers.Serializer):
    """Content of GET (G-121)."""

    total = serializers.IntegerField()
    routes = RouteSerializer(many=True)
