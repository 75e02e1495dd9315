"""The part of a console form that holds plugins: secrets are masked in the page, and stay where the mask comes back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from revisions.console_fields import DocumentField
from revisions.documents import MASK
from services.plugin_forms.widget import PluginsWidget
from services.plugin_secrets import masked, places, replaced


class PluginsForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable at run time
    """For models with a column `plugins`."""

    stands_for: Any = None
    """Bindings whose secrets a mask means where the row is new: those of the row that it is a copy of."""

    plugins = DocumentField(empty=dict, required=False, label=capfirst(_("plugins")), widget=PluginsWidget)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.stored = self.instance.plugins
        self.initial["plugins"] = masked(self.initial.get("plugins", {}))

    def clean_plugins(self) -> Any:
        """With what is secret; a mask where nothing is stored is left for the model to refuse."""
        return unmasked(self.cleaned_data["plugins"], self.stands_for or self.stored)


def unmasked(plugins: Any, stored: Any) -> Any:
    """The bindings, each secret that is masked as it is stored at the same place."""
    known = places(stored)
    return replaced(plugins, lambda place, value: known.get(place, value) if value == MASK else value)
