"""A request that a person of the console describes: for the page that explains, and for the one that sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from gateway_project.console.explain.sender import SenderError, token_of
from gateway_project.explain.asking import MOST_HEADERS

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SENDERS = ("user", "consumer", "token")


def text_input(**attributes: Any) -> UnfoldAdminTextInputWidget:
    """For what is no prose."""
    return UnfoldAdminTextInputWidget(attrs={"spellcheck": "false", "autocapitalize": "off", **attributes})


class RequestForm(forms.Form):
    """Method, path, host, fields, and who sends it."""

    method = forms.ChoiceField(
        label=_("Method"), choices=[(one, one) for one in METHODS], required=False, widget=UnfoldAdminSelectWidget()
    )
    path = forms.CharField(
        label=_("Path"),
        max_length=8192,
        strip=False,
        help_text=_("As a client would write it; a query may follow after “?”."),
        widget=text_input(placeholder="/api/v1/users/7?page=2"),
    )
    host = forms.CharField(label=_("Host"), max_length=255, required=False, widget=text_input(placeholder="localhost"))
    user = forms.CharField(
        label=_("User"),
        max_length=255,
        required=False,
        help_text=_("Asked as a token of his would be: with the roles of his account and his grants."),
        widget=text_input(autocomplete="off"),
    )
    consumer = forms.CharField(
        label=_("Consumer"),
        max_length=100,
        required=False,
        help_text=_("By the subject of its tokens. For an API key, add its header."),
        widget=text_input(autocomplete="off"),
    )
    token = forms.CharField(
        label=_("Token"),
        max_length=16384,
        required=False,
        help_text=_("Whoever it names. It is not stored."),
        widget=text_input(autocomplete="off", type="password"),
    )
    headers = forms.CharField(
        label=_("Headers"),
        max_length=65536,
        required=False,
        help_text=_("One a line: “Name: value”."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "class": "font-mono", "spellcheck": "false"}),
    )

    def __init__(self, data: Mapping[str, Any] | None, *, caller: Any, **options: Any) -> None:
        super().__init__(data, **options)
        self.caller = caller

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

    def sender(self) -> str | None:
        """The token of whoever sends it, empty for nobody; None where that is refused, which then stands at its field.

        A request has one sender.
        """
        given = [name for name in SENDERS if self.cleaned_data.get(name)]
        if len(given) > 1:
            self.add_error(given[-1], _("Give a user, a consumer or a token: one of them."))
        if self.errors:
            return None
        try:
            return token_of(self.caller, self.cleaned_data)
        except SenderError as error:
            self.add_error(error.field, str(error))
            return None
