"""A document that is to be imported: pasted or uploaded, and how it is meant."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from configuration.console.keeper import LONGEST_REASON, reason_of
from configuration.files.problem import DocumentError
from configuration.files.selection import Selection, selection_of
from gateway_project.rest.errors import BadRequest
from gateway_project.rest.parser import text_problem

CONFIGURATION, OPENAPI = "configuration", "openapi"
LINES = {"rows": 14, "class": "font-mono", "spellcheck": "false", "wrap": "off", "autocapitalize": "off"}


def _text(**attributes: Any) -> UnfoldAdminTextInputWidget:
    return UnfoldAdminTextInputWidget(attrs={"spellcheck": "false", "autocapitalize": "off", **attributes})


class ImportForm(forms.Form):
    """What POST /admin/config and /admin/config/openapi take."""

    what = forms.ChoiceField(
        label=gettext_lazy("It is"),
        choices=[
            (CONFIGURATION, gettext_lazy("a configuration file (YAML or JSON)")),
            (OPENAPI, gettext_lazy("an OpenAPI 3 document")),
        ],
        widget=UnfoldAdminSelectWidget(),
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        allow_empty_file=True,
        help_text=gettext_lazy("Takes the place of the text below."),
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml,.json", "class": "own-file"}),
    )
    content = forms.CharField(
        label=gettext_lazy("Text"), required=False, strip=False, widget=UnfoldAdminTextareaWidget(attrs=LINES)
    )
    labels = forms.CharField(
        label=gettext_lazy("Only what bears these labels"),
        required=False,
        help_text=gettext_lazy("key=value, several with spaces between them. Empty: everything."),
        widget=_text(placeholder="team=shop"),
    )
    prune = forms.BooleanField(
        label=gettext_lazy("Delete what the file does not name"), required=False, widget=UnfoldBooleanSwitchWidget()
    )
    service = forms.CharField(
        label=gettext_lazy("Service"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("It answers the paths of the document."),
        widget=_text(list="services"),
    )
    prefix = forms.CharField(  # type: ignore[assignment] # Django takes declared fields out of the class
        label=gettext_lazy("Prefix"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("The gateway's paths begin with it."),
        widget=_text(placeholder="/shop"),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("What the history will show for these changes."),
        widget=UnfoldAdminTextInputWidget(),
    )
    plan = forms.CharField(required=False, widget=forms.HiddenInput())
    """Digest of the plan that the page shows: what is applied is what was seen."""

    needs_reason = False
    """Whether it is to be applied."""

    def clean_file(self) -> Any:
        """Within the limit of the API."""
        file, limit = self.cleaned_data["file"], settings.GATEWAY_OPTIONS.max_control_body_bytes
        if file is not None and file.size > limit:
            raise forms.ValidationError(_("The file is larger than %(most)d bytes.") % {"most": limit})
        return file

    def clean_labels(self) -> Selection:
        """The part that is meant."""
        try:
            return selection_of(self.cleaned_data["labels"].split())
        except DocumentError as error:
            raise forms.ValidationError([problem.message for problem in error.problems]) from None

    def clean_reason(self) -> str:
        """Demanded where it is to be kept in the history."""
        if not self.needs_reason:
            return str(self.cleaned_data["reason"])
        try:
            return reason_of(self.cleaned_data["reason"], "reason")
        except BadRequest as refused:
            raise forms.ValidationError(refused.content["errors"]["reason"]) from None

    def clean(self) -> dict[str, Any]:
        """With a document, and for OpenAPI a service."""
        values: dict[str, Any] = self.cleaned_data
        if not values.get("content", "").strip() and "file" not in self.errors:
            self.add_error("content", _("Paste a document here, or choose a file."))
        if values.get("what") == OPENAPI and (not values.get("service") or text_problem(values["service"])):
            self.add_error("service", _("Name the service."))
        return values
