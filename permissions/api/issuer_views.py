"""`/admin/issuers`: whose tokens are believed, beside the built-in issuer's (G-007)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from gateway_project.rest.envelope import success
from gateway_project.rest.resource_schema import described
from gateway_project.rest.schema import answers
from permissions.api import examples
from permissions.api.filters import IssuerFilter
from permissions.api.issuer_serializers import IssuerSerializer, IssuerTestSerializer
from permissions.api.numbered import NumberedViewSet
from permissions.api.verifier import look_at_keys
from permissions.compile import issuer_spec
from permissions.models import TokenIssuer


@described("issuer", "issuers", tag="issuers", **examples.ISSUER)
class IssuerViewSet(NumberedViewSet):
    """Token issuers; all of it for administrators only, since whoever is believed can name an administrator."""

    queryset = TokenIssuer.objects.order_by("id")
    serializer_class = IssuerSerializer
    filterset_class = IssuerFilter
    list_key = "issuers"
    reply_id = "issuer_id"
    created_fields = ("name", "issuer", "key_kind", "fingerprint", "created_at")
    unshown_fields = ("secret",)
    administrator_actions = NumberedViewSet.administrator_actions | {"test"}
    not_found = _("Token issuer not found.")
    messages = {
        "list": _("Token issuers fetched."),
        "retrieve": _("Token issuer fetched."),
        "create": _("Token issuer created."),
        "update": _("Token issuer updated."),
        "destroy": _("Token issuer deleted."),
        "test": _("Keys looked at."),
    }

    @extend_schema(
        operation_id="testIssuer",
        summary="Look at the keys of an issuer as they are now",
        request=None,
        responses=answers("IssuerTest", IssuerTestSerializer, 404, example=examples.ISSUER_TESTED),
    )
    def test(self, request: Request, pk: str) -> Response:
        """What the row's key is good for. An address is asked now; what the workers know does not change by it."""
        row: Any = self.get_row(pk)
        seen = look_at_keys(issuer_spec(row))
        content = {
            "issuer_id": str(row.pk),
            "key_kind": row.key_kind,
            "usable": any(key.algorithms for key in seen.keys),
        }
        keys = [
            {"kid": key.kid, "kty": key.kty, "algorithms": list(key.algorithms), "problem": key.problem}
            for key in seen.keys
        ]
        return success(self.messages["test"], {**content, "problem": seen.problem, "keys": keys})
