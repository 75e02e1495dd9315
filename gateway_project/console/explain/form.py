"""The form of a question: a request, who sends it, and by which configuration."""

from __future__ import annotations

import ipaddress
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from gateway_project.console.explain.request_form import RequestForm, text_input
from proxy.explain.asked import Asked

OF_A_LINK = ("method", "path", "host", "headers", "address", "scheme", "user", "consumer", "at")
"""What an address may fill in. A token is typed: addresses are kept by browsers and in records."""


class ExplainForm(RequestForm):
    """A request that nobody has to send."""

    address = forms.CharField(label=_("Client address"), required=False, widget=text_input(placeholder="127.0.0.1"))
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
    asked: Asked | None = None

    def clean_address(self) -> str:
        """In its usual spelling."""
        text = self.cleaned_data["address"].strip()
        try:
            return str(ipaddress.ip_address(text)) if text else ""
        except ValueError:
            raise forms.ValidationError(_("Must be an IPv4 or IPv6 address.")) from None

    def clean(self) -> dict[str, Any]:
        """Makes `asked`."""
        values: dict[str, Any] = self.cleaned_data
        token = self.sender()
        if token is None:
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
