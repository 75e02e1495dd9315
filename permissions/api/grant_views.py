"""`/admin/grants`: who was given which permission, and until when (G-223)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gateway_project.rest.resource_schema import described
from permissions.api import examples
from permissions.api.filters import GrantFilter
from permissions.api.grant_serializers import GrantSerializer
from permissions.api.numbered import NumberedViewSet
from permissions.models import Grant


@described("grant", "grants", tag="grants", **examples.GRANT)
class GrantViewSet(NumberedViewSet):
    """Grants; all of it for administrators only (G-011)."""

    queryset = Grant.objects.select_related("permission", "role", "consumer").order_by("id")
    serializer_class = GrantSerializer
    filterset_class = GrantFilter
    list_key = "grants"
    reply_id = "grant_id"
    created_fields = ("permission", "user", "role", "consumer", "granted_by", "granted_at", "expires_at")
    not_found = _("Grant not found.")
    messages = {
        "list": _("Grants fetched."),
        "retrieve": _("Grant fetched."),
        "create": _("Grant created."),
        "update": _("Grant updated."),
        "destroy": _("Grant deleted."),
    }
