"""/console/files/export/: the configuration as a file, as GET /admin/config has it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from configuration.console.import_form import ImportForm
from configuration.console.import_page import page
from configuration.console.keeper import may_keep
from configuration.files.exporting import exported
from configuration.files.problem import DocumentError
from configuration.files.selection import selection_of
from configuration.files.writing import as_json, as_yaml
from revisions.current import current_revision

FORMATS = {"yaml": ("application/yaml", as_yaml), "json": ("application/json", as_json)}


class ExportForm(forms.Form):
    """What of it, and how it is written."""

    format = forms.ChoiceField(choices=[(name, name) for name in FORMATS], required=False)
    labels = forms.CharField(required=False, max_length=2000)
    with_hashes = forms.BooleanField(required=False)
    ids = forms.BooleanField(required=False)


@require_safe
def export_view(request: HttpRequest) -> HttpResponse:
    """A file named for the revision it was written from."""
    form = ExportForm(request.GET)
    if not form.is_valid():
        return _refused(request, [text for texts in form.errors.values() for text in texts])
    values = form.cleaned_data
    try:
        selection = selection_of(values["labels"].split())
    except DocumentError as error:
        return _refused(request, [problem.message for problem in error.problems])
    number = current_revision()
    document = exported(request.user, selection, with_hashes=values["with_hashes"], with_ids=values["ids"])
    name = values["format"] or "yaml"
    content_type, written = FORMATS[name]
    response = HttpResponse(written(document), content_type=f"{content_type}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="gateway-{number}.{name}"'
    return response


def _refused(request: HttpRequest, texts: list[Any]) -> HttpResponse:
    return page(request, ImportForm() if may_keep(request) else None, export_errors=texts, exporting=request.GET)
