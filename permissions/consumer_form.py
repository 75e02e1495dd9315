"""The console's form of a consumer."""

from __future__ import annotations

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from revisions.console_fields import DocumentField
from services.plugin_forms.bound import PluginsForm
from services.plugin_forms.widget import PluginsWidget


class ConsumerForm(PluginsForm):
    """Offers the plugins that know who is asking."""

    plugins = DocumentField(
        empty=dict, required=False, label=capfirst(_("plugins")), widget=PluginsWidget(for_consumers=True)
    )
