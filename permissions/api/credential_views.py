"""`/admin/consumers/{consumer_id}/keys` and `…/basic`: the credentials of one consumer (G-226)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from gateway_project.rest.resource_schema import described
from permissions.api import examples
from permissions.api.consumer_serializers import BasicSerializer, KeySerializer
from permissions.api.consumer_views import CONSUMER_NOT_FOUND
from permissions.api.filters import CredentialFilter
from permissions.api.numbered import NumberedViewSet, numbered_row
from permissions.models import Consumer, Credential, CredentialKind
from revisions.change import is_rehearsed

CONSUMER_ID = OpenApiParameter("consumer_id", str, OpenApiParameter.PATH, description="The number of the consumer.")
OF_A_CONSUMER = {"list": (404,), "create": (404,)}
"""How a call fails whose path names an unknown consumer."""
TAKEN_OF_A_CONSUMER = {"list": (404,), "create": (404, 409), "update": (409,)}


class CredentialViewSet(NumberedViewSet):
    """The credentials of one kind of the consumer the path names."""

    kind: ClassVar[CredentialKind]
    filterset_class = CredentialFilter
    consumer_id = ""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Takes the consumer out of the path's arguments, so that the actions are those of every other resource."""
        self.consumer_id = kwargs.pop("consumer_id", "")
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Raises `NotFound` for an unknown consumer, after whoever may not ask was refused."""
        super().initial(request, *args, **kwargs)
        if self.action is not None:  # a method there is not is refused for that, not for the consumer
            self.consumer = numbered_row(Consumer.objects.all(), self.consumer_id, CONSUMER_NOT_FOUND)

    def get_queryset(self) -> QuerySet[Credential]:
        """This consumer's, of this kind."""
        rows = Credential.objects.filter(kind=self.kind).order_by("id")
        return rows.filter(consumer=self.consumer) if hasattr(self, "consumer") else rows.none()

    def get_serializer_context(self) -> dict[str, Any]:
        """Tells a create whose the credential will be."""
        return {**super().get_serializer_context(), "consumer": getattr(self, "consumer", None)}


@described("key", "keys", tag="consumers", failures=OF_A_CONSUMER, once={"key": examples.KEY_TEXT}, **examples.KEY)
@extend_schema(parameters=[CONSUMER_ID])
class KeyViewSet(CredentialViewSet):
    """API keys."""

    kind = CredentialKind.API_KEY
    serializer_class = KeySerializer
    list_key = "keys"
    reply_id = "key_id"
    created_fields = ("prefix", "last_characters", "expires_at", "created_at")
    not_found = _("API key not found.")
    messages = {
        "list": _("API keys fetched."),
        "retrieve": _("API key fetched."),
        "create": _("API key created."),
        "update": _("API key updated."),
        "destroy": _("API key revoked."),
    }

    def create(self, request: Request) -> Response:
        """Makes a key; no cache may keep this reply."""
        response = super().create(request)
        response["Cache-Control"] = "no-store"
        return response

    def created_content(self, row: Any, document: dict[str, Any]) -> dict[str, Any]:
        """The key itself, this once."""
        return {"key": "" if is_rehearsed() else row.key, **super().created_content(row, document)}


@described("user name", "user names", tag="consumers", failures=TAKEN_OF_A_CONSUMER, **examples.BASIC)
@extend_schema(parameters=[CONSUMER_ID])
class BasicViewSet(CredentialViewSet):
    """User names with passwords."""

    kind = CredentialKind.BASIC
    serializer_class = BasicSerializer
    list_key = "basic"
    reply_id = "basic_id"
    created_fields = ("username", "expires_at", "created_at")
    unshown_fields = ("password",)
    not_found = _("User name not found.")
    messages = {
        "list": _("User names fetched."),
        "retrieve": _("User name fetched."),
        "create": _("User name created."),
        "update": _("User name updated."),
        "destroy": _("User name deleted."),
    }
