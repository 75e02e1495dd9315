"""The form of a request that is sent."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from gateway_project.console.explain.request_form import RequestForm
from proxy.errors import GatewayError
from proxy.explain.asked import Asked
from proxy.forwarding.outgoing import client_fields
from proxy.options import GatewayOptions

MOST_BODY_BYTES = 65_536
FOR_A_CLIENT = b"x-request-id"
"""The one of the gateway's own fields that a client may set."""
OF_A_MESSAGE = frozenset((b"trailer", b"via"))


class SendForm(RequestForm):
    """As a client would send it."""

    body = forms.CharField(
        label=_("Body"),
        required=False,
        strip=False,
        help_text=_("At most 64 KiB. Without Content-Type it is sent as JSON if it is JSON, else as plain text."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4, "class": "font-mono", "spellcheck": "false"}),
    )
    asked: Asked | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["user"].help_text = _("As a token of his login: with the roles of his account and his grants.")

    def clean_headers(self) -> tuple[tuple[str, str], ...]:
        """Pairs in order, none of them ours."""
        pairs = super().clean_headers()
        for name, _value in pairs:
            if not _is_a_clients(name):
                raise forms.ValidationError(gettext("%(name)s is not yours to set here.") % {"name": name})
        return pairs

    def clean_body(self) -> str:
        """A text of a bounded length; a browser sends the ends of lines as CR LF."""
        body: str = self.cleaned_data["body"].replace("\r\n", "\n")
        if len(body.encode()) > MOST_BODY_BYTES:
            raise forms.ValidationError(_("The body has more than 64 KiB."))
        return body

    def clean(self) -> dict[str, Any]:
        """Makes `asked`, which the edge would read."""
        values: dict[str, Any] = self.cleaned_data
        token = self.sender()
        if token is None:
            return values
        if token and any(name.lower() == "authorization" for name, _value in values["headers"]):
            self.add_error("headers", _("Give either the field Authorization or a sender."))
            return values
        named = {name: values[name] for name in ("method", "host") if values.get(name)}
        asked = Asked(target=values["path"], headers=values["headers"], token=token, **named)
        try:
            asked.head(GatewayOptions())
        except GatewayError as error:
            self.add_error("path", str(error.reason or error))
            return values
        self.asked = asked
        return values

    @property
    def opens_further(self) -> bool:
        """Whether what is folded up holds something to see."""
        return any(self[name].value() or self[name].errors for name in ("headers", "body"))


def _is_a_clients(name: str) -> bool:
    """Whether the edge would heed this field of a client that it does not know.

    The request comes from loopback, where a trusted proxy may be: what such a one may say is nobody's to type.
    """
    plain = name.lower().encode("latin-1", "replace")
    return plain == FOR_A_CLIENT or (plain not in OF_A_MESSAGE and bool(client_fields([(plain, b"")])))
