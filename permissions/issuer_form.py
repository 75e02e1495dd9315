"""The console's form of a token issuer: its secret goes in and never comes out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminPasswordWidget

from permissions.models import TokenIssuer
from permissions.verification_key import ALGORITHMS


class TokenIssuerForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable at run time
    """A secret left empty stays as it is, unless a public key or an address takes its place."""

    algorithms = forms.MultipleChoiceField(
        label=_("algorithms"),
        choices=[(name, name) for name in ALGORITHMS],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    secret = forms.CharField(
        label=_("shared secret"),
        required=False,
        strip=False,
        max_length=4096,
        widget=UnfoldAdminPasswordWidget(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text=_("Never shown. Leave empty to keep the stored one."),
    )

    class Meta:
        model = TokenIssuer
        fields = (
            "name",
            "issuer",
            "algorithms",
            "secret",
            "public_key_pem",
            "jwks_url",
            "audience",
            "leeway_seconds",
            "may_name_teams",
            "is_active",
            "expires_at",
        )

    def clean(self) -> dict[str, Any]:
        """Puts the stored secret back where the form left it open."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        another_key = values.get("public_key_pem") or values.get("jwks_url")
        if self.instance.pk and not values.get("secret") and not another_key:
            values["secret"] = self.initial.get("secret", "")
        return values
