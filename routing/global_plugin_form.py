"""The console's form of a plugin bound to everything."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from revisions.console_fields import DocumentField
from routing.models import GlobalPlugin
from services.plugin_forms.bound import unmasked
from services.plugin_forms.widget import PluginsWidget
from services.plugin_secrets import masked
from services.plugins import known

CONFIGURATION = _("An object as GET /admin/plugins describes it. {“enabled”: false} switches it off.")


def choices() -> list[tuple[str, str]]:
    """Every plugin, in the order of the request path."""
    return [(name, name) for name in known()]


class GlobalPluginForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable at run time
    """The plugin is chosen from those there are, and configured by a form made from its schema."""

    name = forms.ChoiceField(label=capfirst(_("plugin")), choices=choices, widget=UnfoldAdminSelectWidget)
    config = DocumentField(
        empty=dict,
        required=False,
        label=capfirst(_("configuration")),
        help_text=CONFIGURATION,
        widget=PluginsWidget(chosen_by="id_name"),
    )

    class Meta:
        model = GlobalPlugin
        fields = ("name", "config")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.stored = {self.instance.name: self.instance.config}
        if not self.instance._state.adding:
            self.fields["config"].widget = PluginsWidget(plugin=self.instance.name)
            self.initial["config"] = masked(self.stored)[self.instance.name]

    def clean_config(self) -> Any:
        """With what is secret, where the mask of it came back."""
        config, name = self.cleaned_data["config"], self.instance.name
        return unmasked({name: config}, self.stored)[name] if name else config
