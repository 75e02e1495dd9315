"""A text of JSON that a script of the console turns into forms; without scripts it stays the text."""

from __future__ import annotations

from typing import Any

from django.forms.widgets import Script
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from unfold.widgets import UnfoldAdminTextareaWidget

from services.plugin_forms.catalogue import catalogue
from services.plugin_forms.words import words


class PluginsWidget(UnfoldAdminTextareaWidget):  # type: ignore[misc] # unfold has no types
    """Bindings by the names of plugins; with `chosen_by`, the configuration of the one that field names.

    What the script needs stands beside the text as data, which the policy for browsers lets no page run.
    """

    class Media:
        css = {"all": ("gateway/plugins.css",)}
        js = (Script("gateway/plugins.js", type="module"),)

    def __init__(self, *, chosen_by: str = "", plugin: str = "", for_consumers: bool = False) -> None:
        """`chosen_by` is the id of an element with the name of the plugin; `plugin` that name where it is settled."""
        super().__init__(attrs={"rows": 6, "class": "font-mono", "spellcheck": "false"})
        self.chosen_by = chosen_by
        self.plugin = plugin
        self.for_consumers = for_consumers

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """The text, and the data for the script."""
        data = {
            "chosen_by": self.chosen_by,
            "plugin": self.plugin,
            "language": get_language(),
            "plugins": catalogue(for_consumers=self.for_consumers),
            "words": words(),
        }
        identity = f"{name}-plugins"
        marked = {**(attrs or {}), "data-plugins": identity}
        return format_html("{}{}", super().render(name, value, marked, renderer), json_script(data, identity))
