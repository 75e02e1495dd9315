"""A plugin bound to everything, as one object."""

from __future__ import annotations

from gateway_project.rest import fields as strict
from gateway_project.rest.serializers import StrictModelSerializer
from routing.models import GlobalPlugin


class GlobalPluginSerializer(StrictModelSerializer):
    """Its name and its whole configuration."""

    name = strict.StrictCharField(max_length=100)
    config = strict.ObjectField()

    class Meta:
        model = GlobalPlugin
        fields = ["name", "config"]
