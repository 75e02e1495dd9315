"""The console's form of a credential: a password goes in and never comes out, a key is made and shown once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from permissions.identity import MAX_NAME_LENGTH
from permissions.models import Credential, CredentialKind
from permissions.validators import validate_password


class CredentialForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable at run time
    """A key needs nothing but its kind; a user name needs a password, which left empty stays as it is."""

    identifier = forms.CharField(
        label=_("User name"),
        required=False,
        strip=False,
        max_length=MAX_NAME_LENGTH,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=_("Leave empty for an API key: it is made, and shown once, when you save."),
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text=_("Never shown. Leave empty to keep the stored one."),
    )

    class Meta:
        model = Credential
        fields = ("kind", "name", "identifier", "password", "expires_at", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "kind" in self.fields:
            self.fields["kind"].disabled = True
            if self.instance.kind == CredentialKind.API_KEY:
                self.fields["identifier"].disabled = self.fields["password"].disabled = True

    def has_changed(self) -> bool:
        """A new row counts although nothing was typed into it: a key needs nothing."""
        return not self.instance.pk or super().has_changed()

    def clean(self) -> dict[str, Any]:
        """What goes with the kind."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        is_basic = values.get("kind", self.instance.kind) == CredentialKind.BASIC
        password = values.get("password")
        if password:
            self._check_password(password)
        if is_basic and not values.get("identifier"):
            self.add_error("identifier", _("A user name is needed."))
        if is_basic and not password and not self.instance.pk:
            self.add_error("password", _("A password is needed."))
        if not is_basic and not self.instance.pk and (values.get("identifier") or password):
            self.add_error("kind", _("An API key has neither user name nor password."))
        return values

    def _check_password(self, password: str) -> None:
        try:
            validate_password(password)
        except forms.ValidationError as error:
            self.add_error("password", error)

    def save(self, commit: bool = True) -> Any:
        """Makes the key of a new API key: `instance.key`; sets the password where one was typed."""
        if self.instance.kind == CredentialKind.API_KEY and not self.instance.pk:
            self.instance.give_key()
        if self.cleaned_data.get("password"):
            self.instance.give_password(self.cleaned_data["password"])
        return super().save(commit)
