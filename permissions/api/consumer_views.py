"""`/admin/consumers` (G-226)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gateway_project.rest.resource_schema import described
from permissions.api import examples
from permissions.api.consumer_serializers import ConsumerSerializer
from permissions.api.filters import ConsumerFilter
from permissions.api.numbered import NumberedViewSet
from permissions.models import Consumer

CONSUMER_NOT_FOUND = _("Consumer not found.")


@described("consumer", "consumers", tag="consumers", **examples.CONSUMER)
class ConsumerViewSet(NumberedViewSet):
    """Consumers. With one its credentials and grants go."""

    queryset = Consumer.objects.order_by("id")
    serializer_class = ConsumerSerializer
    filterset_class = ConsumerFilter
    list_key = "consumers"
    reply_id = "consumer_id"
    created_fields = ("name", "created_at")
    not_found = CONSUMER_NOT_FOUND
    messages = {
        "list": _("Consumers fetched."),
        "retrieve": _("Consumer fetched."),
        "create": _("Consumer created."),
        "update": _("Consumer updated."),
        "destroy": _("Consumer deleted."),
    }
