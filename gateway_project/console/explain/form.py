"""The form of a question: a request, who sends it, and by which configuration."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from gateway_project.console.explain.sender import SenderError, token_of
from gateway_project.explain.asking import MOST_HEADERS
from proxy.explain.asked import Asked

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OF_A_LINK = ("method", "path", "host", "headers", "address", "scheme", "user", "consumer", "at")
"""What an address may fill in. A token is typed: addresses are kept by browsers and in records."""
SENDERS = ("user", "consumer", "token")


def _text(**attributes: Any) -> UnfoldAdminTextInputWidget:
    return UnfoldAdminTextInputWidget(attrs={"spellcheck": "false", "autocapitalize": "off", **attributes})


class ExplainForm(forms.Form):
    """A request that nobody has to send."""

    method = forms.ChoiceField(
        label=_("Method"), choices=[(one, one) for one in METHODS], required=False, widget=UnfoldAdminSelectWidget()
    )
    path = forms.CharField(
        label=_("Path"),
        max_length=8192,
        strip=False,
        help_text=_("As a client would write it; a query may follow after “?”."),
        widget=_text(placeholder="/api/v1/users/7?page=2"),
    )
    host = forms.CharField(label=_("Host"), max_length=255, required=False, widget=_text(placeholder="localhost"))
    user = forms.CharField(
        label=_("User"),
        max_length=255,
        required=False,
        help_text=_("Asked as a token of his would be: with the roles of his account and his grants."),
        widget=_text(autocomplete="off"),
    )
    consumer = forms.CharField(
        label=_("Consumer"),
        max_length=100,
        required=False,
        help_text=_("By the subject of its tokens. For an API key, add its header."),
        widget=_text(autocomplete="off"),
    )
    token = forms.CharField(
        label=_("Token"),
        max_length=16384,
        required=False,
        help_text=_("Whoever it names. It is not stored."),
        widget=_text(autocomplete="off", type="password"),
    )
    headers = forms.CharField(
        label=_("Headers"),
        max_length=65536,
        required=False,
        help_text=_("One a line: “Name: value”."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "class": "font-mono", "spellcheck": "false"}),
    )
    address = forms.CharField(label=_("Client address"), required=False, widget=_text(placeholder="127.0.0.1"))
    scheme = forms.ChoiceField(
        label=_("Scheme"),
        choices=[("http", "http"), ("https", "https")],
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )
    at = forms.IntegerField(
        label=_("As of revision"),
        min_value=0,
        required=False,
        help_text=_("Empty is now. Limits, circuits and health are those of now in any case."),
        widget=UnfoldAdminIntegerFieldWidget(),
    )

    def __init__(self, data: Mapping[str, Any] | None, *, caller: Any, **options: Any) -> None:
        super().__init__(data, **options)
        self.caller = caller
        self.asked: Asked | None = None

    def clean_path(self) -> str:
        """Only a path can be asked about."""
        path: str = self.cleaned_data["path"].strip(" ")
        if not path.startswith("/"):
            raise forms.ValidationError(_("Must begin with “/”."))
        return path

    def clean_headers(self) -> tuple[tuple[str, str], ...]:
        """Pairs in order."""
        pairs = []
        for place, line in enumerate(self.cleaned_data["headers"].splitlines(), 1):
            if not line.strip():
                continue
            name, colon, value = line.partition(":")
            if not colon or not name.strip():
                raise forms.ValidationError(gettext("Line %(line)d: write “Name: value”.") % {"line": place})
            pairs.append((name.strip(), value.strip()))
        if len(pairs) > MOST_HEADERS:
            raise forms.ValidationError(gettext("At most %(most)d headers.") % {"most": MOST_HEADERS})
        return tuple(pairs)

    def clean_address(self) -> str:
        """In its usual spelling."""
        text = self.cleaned_data["address"].strip()
        try:
            return str(ipaddress.ip_address(text)) if text else ""
        except ValueError:
            raise forms.ValidationError(_("Must be an IPv4 or IPv6 address.")) from None

    def clean(self) -> dict[str, Any]:
        """Makes `asked`. A request has one sender."""
        values: dict[str, Any] = self.cleaned_data
        given = [name for name in SENDERS if values.get(name)]
        if len(given) > 1:
            self.add_error(given[-1], _("Give a user, a consumer or a token: one of them."))
        if self.errors:
            return values
        try:
            token = token_of(self.caller, values)
        except SenderError as error:
            self.add_error(error.field, str(error))
            return values
        named = {name: values[name] for name in ("method", "host", "address", "scheme") if values.get(name)}
        self.asked = Asked(target=values["path"], headers=values["headers"], token=token, **named)
        return values

    @property
    def opens_further(self) -> bool:
        """Whether what is folded up holds something to see."""
        return any(self[name].value() or self[name].errors for name in ("headers", "address", "at")) or (
            self["scheme"].value() == "https"
        )
