"""What of a change set is typed: why, and when."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from configuration.console.keeper import LONGEST_REASON, reason_of
from configuration.models import ChangeSet
from gateway_project.rest.errors import BadRequest

BY_THE_MINUTE = "%Y-%m-%dT%H:%M"


class MomentInput(UnfoldAdminTextInputWidget):
    """A day and a time, as browsers ask for them."""

    input_type = "datetime-local"

    def format_value(self, value: Any) -> Any:
        """As browsers read it; what was typed stays."""
        return value.strftime(BY_THE_MINUTE) if hasattr(value, "strftime") else value


class ChangeSetForm(forms.Form):
    """The reason, the time, and whether changes made by others meanwhile are overruled."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("What the history will show for these changes."),
        widget=UnfoldAdminTextInputWidget(),
    )
    publish_at = forms.DateTimeField(
        label=gettext_lazy("Publish at"), required=False, widget=MomentInput(), input_formats=[BY_THE_MINUTE]
    )
    force = forms.BooleanField(
        label=gettext_lazy("Publish although objects have changed since the draft was written"), required=False
    )

    def __init__(self, row: ChangeSet, data: Any = None) -> None:
        at = row.publish_at
        initial = {"reason": row.reason, "publish_at": None if at is None else timezone.localtime(at)}
        super().__init__(data, initial=initial)
        zone = timezone.get_current_timezone_name()
        self.fields["publish_at"].help_text = _("In %(zone)s. Empty: when somebody presses Publish.") % {"zone": zone}
        self.row = row

    def clean_reason(self) -> str:
        """As every door demands it."""
        try:
            return reason_of(self.cleaned_data["reason"], "reason")
        except BadRequest as refused:
            raise forms.ValidationError(refused.content["errors"]["reason"]) from None

    def clean_publish_at(self) -> Any:
        """What is past would be published at once, which is another button."""
        at = self.cleaned_data["publish_at"]
        if at is not None and at <= timezone.now() and "publish_at" in self.changed_data:
            raise forms.ValidationError(_("Must lie in the future."))
        return at
