"""The console's login form, slowed down like the API's login (G-017)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from unfold.forms import AuthenticationForm

from permissions import login_throttle
from permissions.api.client_address import client_address


class LoginForm(AuthenticationForm):
    """Failures count for the account and the address, together with those at /admin/auth/token."""

    def clean(self) -> dict[str, Any]:
        """Raises `ValidationError` for a wrong password, and at the limit for any."""
        name = self.cleaned_data.get("username")
        if not name or not self.cleaned_data.get("password"):
            cleaned: dict[str, Any] = super().clean()
            return cleaned
        try:
            attempt = login_throttle.begin(name, client_address(self.request))
        except login_throttle.TooManyFailuresError as error:
            message = _("Too many requests, retry in %(seconds)d seconds.") % {"seconds": error.seconds}
            raise ValidationError(message, code="throttled") from None
        cleaned = super().clean()
        attempt.succeeded()
        return cleaned
