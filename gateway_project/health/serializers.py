"""The content of the health replies, for the OpenAPI document."""

from __future__ import annotations

from rest_framework import serializers

from gateway_project.rest.fields import TimestampField


class LivenessSerializer(serializers.Serializer):
    """Content of GET /health/live."""

    status = serializers.CharField(help_text="`healthy` or `unhealthy`.")
    service = serializers.CharField()
    timestamp = TimestampField()


class HealthSerializer(LivenessSerializer):
    """Content of GET /health."""

    version = serializers.CharField()
    database = serializers.CharField(help_text="`connected`, or `error: ` and what is wrong.")
    cache = serializers.CharField(help_text="`connected`, or `error: ` and what is wrong.")
    active_routes = serializers.IntegerField(required=False)
    revision = serializers.IntegerField(required=False, help_text="The newest revision of the configuration.")
    problems = serializers.IntegerField(
        required=False, help_text="Rows that cannot be served; the rest is, so the gateway is healthy all the same."
    )
    workers = serializers.ListField(
        child=serializers.DictField(), help_text="Each live worker and the revision it serves."
    )
    issues = serializers.ListField(child=serializers.CharField(), required=False)
