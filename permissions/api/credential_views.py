"""`/admin/consumers/{consumer_id}/keys` and `…/basic`: the credentials of one consumer (G-226)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from gateway_project.rest.schema import answers
from permissions.api import consumer_replies as replies
from permissions.api.consumer_serializers import BasicSerializer, KeySerializer
from permissions.api.consumer_views import CONSUMER_NOT_FOUND
from permissions.api.filters import CredentialFilter
from permissions.api.numbered import NumberedViewSet, numbered_row
from permissions.models import Consumer, Credential, CredentialKind
from revisions.change import is_rehearsed

CONSUMER_ID = OpenApiParameter("consumer_id", str, OpenApiParameter.PATH, description="The number of the consumer.")


class CredentialViewSet(NumberedViewSet):
    """The credentials of one kind of the consumer the path names; for administrators only (G-011)."""

    kind: ClassVar[CredentialKind]
    filterset_class = CredentialFilter
    administrator_actions = frozenset({"list", "retrieve", "create", "update", "destroy"})
    consumer_id = ""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Takes the consumer out of the path's arguments, so that the actions are those of every other resource."""
        self.consumer_id = kwargs.pop("consumer_id", "")
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Raises `NotFound` for an unknown consumer, after whoever may not ask was refused."""
        super().initial(request, *args, **kwargs)
        self.consumer = numbered_row(Consumer.objects.all(), self.consumer_id, CONSUMER_NOT_FOUND)

    def get_queryset(self) -> QuerySet[Credential]:
        """This consumer's, of this kind."""
        rows = Credential.objects.filter(kind=self.kind).order_by("id")
        return rows.filter(consumer=self.consumer) if hasattr(self, "consumer") else rows.none()

    def get_serializer_context(self) -> dict[str, Any]:
        """Tells a create whose the credential will be."""
        return {**super().get_serializer_context(), "consumer": getattr(self, "consumer", None)}


@extend_schema_view(
    list=extend_schema(
        operation_id="listKeys",
        summary="List the API keys of a consumer",
        responses=answers("KeyList", replies.KeyListSerializer, 400, 404),
    ),
    retrieve=extend_schema(
        operation_id="getKey", summary="Read an API key's row", responses=answers("Key", KeySerializer, 404)
    ),
    create=extend_schema(
        operation_id="createKey",
        summary="Make an API key, which is shown this once",
        examples=[OpenApiExample("A key", value={"name": "production"}, request_only=True)],
        responses=answers("KeyCreated", replies.KeyCreatedSerializer, 400, 404, 413),
    ),
    update=extend_schema(
        operation_id="updateKey",
        summary="Rename, switch off or end an API key",
        request=KeySerializer(partial=True),
        responses=answers("KeyUpdated", replies.KeyUpdatedSerializer, 400, 404, 412, 413),
    ),
    destroy=extend_schema(
        operation_id="revokeKey",
        summary="Revoke an API key",
        responses=answers("KeyDeleted", replies.KeyDeletedSerializer, 404, 412),
    ),
)
@extend_schema(tags=["consumers"], parameters=[CONSUMER_ID])
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


@extend_schema_view(
    list=extend_schema(
        operation_id="listBasic",
        summary="List the user names of a consumer",
        responses=answers("BasicList", replies.BasicListSerializer, 400, 404),
    ),
    retrieve=extend_schema(
        operation_id="getBasic", summary="Read a user name", responses=answers("Basic", BasicSerializer, 404)
    ),
    create=extend_schema(
        operation_id="createBasic",
        summary="Add a user name with a password",
        examples=[
            OpenApiExample(
                "A user name", value={"username": "shop", "password": "correct horse battery"}, request_only=True
            )
        ],
        responses=answers("BasicCreated", replies.BasicCreatedSerializer, 400, 404, 409, 413),
    ),
    update=extend_schema(
        operation_id="updateBasic",
        summary="Change a user name, its password or its end",
        request=BasicSerializer(partial=True),
        responses=answers("BasicUpdated", replies.BasicUpdatedSerializer, 400, 404, 409, 412, 413),
    ),
    destroy=extend_schema(
        operation_id="deleteBasic",
        summary="Delete a user name",
        responses=answers("BasicDeleted", replies.BasicDeletedSerializer, 404, 412),
    ),
)
@extend_schema(tags=["consumers"], parameters=[CONSUMER_ID])
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
