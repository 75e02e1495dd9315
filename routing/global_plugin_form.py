"""The console's form of a plugin bound to everything."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from routing.models import GlobalPlugin
from services.plugins import known

CONFIGURATION = _("An object as GET /admin/plugins describes it. {“enabled”: false} switches it off.")


def choices() -> list[tuple[str, str]]:
    """Every plugin, in the order of the request path."""
    return [(name, name) for name in known()]


class GlobalPluginForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable at run time
    """The plugin is chosen from those there are."""

    name = forms.ChoiceField(label=capfirst(_("plugin")), choices=choices, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = GlobalPlugin
        fields = ("name", "config")
        help_texts: dict[str, Any] = {"config": CONFIGURATION}
