"""What a page would save, kept in a change set instead: the panel that asks which, and what becomes of its answer.

The same buttons stand on forms, on pages that ask before they delete, and on those of bulk actions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from gateway_project.rest import access
from gateway_project.rest.errors import ApiError
from revisions import drafts, rehearsal
from revisions.change import Change, change
from revisions.console_words import why

ASK, KEEP = "_draft", "_keep"
PREFIX = "draft"
"""Of the names of the panel's fields, which stand among those of the page's own form."""
ASKING = SimpleNamespace(action_name=ASK, description=_("Save as draft"), icon="edit_note", attrs={})
"""A button as unfold's templates draw it, beside Save."""


class DraftForm(forms.Form):
    """Which change set, and for a new one why."""

    into = forms.ChoiceField(label=_("Change set"), required=False, widget=UnfoldAdminSelectWidget())
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        help_text=_("Of a new change set: what the history will show."),
        widget=UnfoldAdminTextInputWidget(attrs={"maxlength": "500"}),
    )

    def __init__(self, sets: Sequence[tuple[str, str]], data: Any = None) -> None:
        super().__init__(data, prefix=PREFIX, initial={"into": sets[0][0] if sets else ""})
        into: Any = self.fields["into"]
        into.choices = [("", gettext("A new change set")), *sets]


def offered(request: HttpRequest, model: type[Model]) -> bool:
    """Whether the person may keep changes of such rows."""
    keeper = drafts.keeper()
    return keeper is not None and keeper.offered(request, model)


def panel(request: HttpRequest, model: type[Model]) -> DraftForm | None:
    """As it was answered, or with the newest draft chosen; None for who may keep nothing."""
    keeper = drafts.keeper()
    if keeper is None or not keeper.offered(request, model):
        return None
    answered: DraftForm | None = getattr(request, "draft_form", None)
    return answered or DraftForm(keeper.open_sets(request))


@contextmanager
def rehearsed(request: HttpRequest, foresight: rehearsal.Foresight | None = None) -> Iterator[Change]:
    """What is done within is done by the person, looked at and taken back, and nobody is told of it."""
    request.rehearsing = True  # type: ignore[attr-defined]
    made = change(request.user.get_username(), foresight=foresight or rehearsal.for_caller(request.user))
    try:
        with access.acting(request.user), made as current:
            yield current
    finally:
        request.rehearsing = False  # type: ignore[attr-defined]


def put(request: HttpRequest, watching: drafts.Watching) -> HttpResponse | None:
    """To the page of the set that holds the changes now. None where that was refused: the panel says why."""
    keeper = drafts.keeper()
    assert keeper is not None, "who was offered to keep changes has a keeper"
    form = request.draft_form = DraftForm(keeper.open_sets(request), request.POST)  # type: ignore[attr-defined]
    if not form.is_valid():
        return None
    try:
        changes = watching.result()
        if not changes:
            form.add_error(None, gettext("Nothing would change: there is nothing to keep."))
            return None
        where = keeper.put(request, changes, form.cleaned_data["into"], form.cleaned_data["reason"])
    except ApiError as refused:
        _blame(form, refused)
        return None
    messages.success(request, gettext("Kept in this change set: nothing is in force before it is published."))
    return HttpResponseRedirect(where)


def _blame(form: DraftForm, refused: ApiError) -> None:
    errors = refused.content.get("errors")
    if not isinstance(errors, dict):
        form.add_error(None, why(refused))
        return
    for name, texts in errors.items():
        form.add_error(name if name in form.fields else None, texts)
