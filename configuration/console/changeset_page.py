"""The page of one change set: what it would change, and the buttons that publish, schedule or discard it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from configuration.changesets import sets
from configuration.changesets.publishing import publish
from configuration.changesets.seen import conflicts_of
from configuration.console.changeset_form import ChangeSetForm
from configuration.console.items import MOST, items_shown
from configuration.models import ChangeSet, State
from configuration.refusal import Refused, judged
from gateway_project.rest import access
from gateway_project.rest.errors import Conflict
from permissions.audit import trail
from permissions.models import AuditOutcome
from revisions import in_force, rehearsal
from revisions.change import Change, change
from revisions.console_preview import shown

SEEN = "_seen"
"""Field of the page: the state of the set that it was drawn from."""
DISCARD, REMOVE, RENEW, SAVE, PREVIEW, PUBLISH = "_discard", "_remove", "_renew", "_save", "_preview", "_publish"


def changeset_page(request: HttpRequest, row: ChangeSet, condition: str) -> HttpResponse:
    """Shows it, or does what a button of it says and shows what has come of it."""
    if request.method != "POST":
        return _page(request, row, condition)
    if row.state == State.PUBLISHED:
        raise PermissionDenied
    form = ChangeSetForm(row, request.POST)
    valid = form.is_valid()
    if DISCARD in request.POST:
        return _done(request, row, condition, form, lambda: _discard(request, row))
    if REMOVE in request.POST:
        return _done(request, row, condition, form, lambda: _edit(request, row, _removal(request)))
    if RENEW in request.POST:
        return _done(
            request, row, condition, form, lambda: _edit(request, row, lambda one: sets.keep(one, request.user))
        )
    if not valid:
        return _page(request, row, condition, form)
    if PREVIEW in request.POST:
        return _previewed(request, row, condition, form)
    if PUBLISH in request.POST:
        return _done(request, row, condition, form, lambda: _publish(request, row, form.cleaned_data))
    return _done(request, row, condition, form, lambda: _edit(request, row, _saving(request, form.cleaned_data)))


def _done(
    request: HttpRequest, row: ChangeSet, condition: str, form: ChangeSetForm, act: Callable[[], HttpResponse]
) -> HttpResponse:
    """What it answers, or the page again with the refusal and what was typed."""
    outcome = judged(act)
    return _page(request, row, condition, form, refused=outcome) if isinstance(outcome, Refused) else outcome


def _edit(request: HttpRequest, row: ChangeSet, write: Callable[[ChangeSet], None]) -> HttpResponse:
    with transaction.atomic():
        write(_current(request, row))
        trail.note(AuditOutcome.SUCCEEDED)
    messages.success(request, _("Change set kept."))
    return HttpResponseRedirect(request.path)


def _removal(request: HttpRequest) -> Callable[[ChangeSet], None]:
    text = request.POST[REMOVE]
    place = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
    return lambda row: sets.remove(row, place, request.user)


def _saving(request: HttpRequest, values: dict[str, Any]) -> Callable[[ChangeSet], None]:
    def save(row: ChangeSet) -> None:
        row.reason, row.publish_at = values["reason"], values["publish_at"]
        sets.store(row, request.user)

    return save


def _discard(request: HttpRequest, row: ChangeSet) -> HttpResponse:
    with transaction.atomic():
        _current(request, row).delete()
        trail.note(AuditOutcome.SUCCEEDED)
    messages.success(request, _("Change set discarded."))
    return HttpResponseRedirect(reverse("admin:configuration_changeset_changelist"))


def _publish(request: HttpRequest, row: ChangeSet, values: dict[str, Any]) -> HttpResponse:
    made = change(request.user.get_username(), request_id=getattr(request, "request_id", ""))
    with access.acting(request.user), made as current:
        results = _made(request, row, current, values["reason"], force=values["force"])
    if current.number is None:
        trail.note(AuditOutcome.SUCCEEDED)
        messages.info(request, _("Change set published: everything was so already, nothing has changed."))
    else:
        in_force.wait(current.number)
        messages.success(request, _("Change set published as revision %(number)d.") % {"number": current.number})
    keys = [one for one in results if one.get("key")]
    return _new_keys(request, keys) if keys else HttpResponseRedirect(request.path)


def _made(request: HttpRequest, row: ChangeSet, current: Change, reason: str, *, force: bool) -> list[dict[str, Any]]:
    """Within a change: the set is published."""
    draft = _current(request, row)
    draft.reason = reason
    return publish(draft, current, request.user, force=force)


def _new_keys(request: HttpRequest, keys: list[dict[str, Any]]) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("New API keys"),
        "credentials": keys,
        "back": request.path,
    }
    return TemplateResponse(request, "admin/permissions/new_keys.html", context)


def _previewed(request: HttpRequest, row: ChangeSet, condition: str, form: ChangeSetForm) -> HttpResponse:
    def rehearse() -> dict[str, Any]:
        made = change(request.user.get_username(), foresight=rehearsal.for_caller(request.user))
        with access.acting(request.user), made as current:
            _made(request, row, current, form.cleaned_data["reason"], force=True)
        return current.effects or {}

    found = judged(rehearse)
    if isinstance(found, Refused):
        return _page(request, row, condition, form, refused=found)
    return _page(request, row, condition, form, preview=shown(found))


def _current(request: HttpRequest, row: ChangeSet) -> ChangeSet:
    """The draft, locked. Raises `Conflict` for one that is not as the page showed it."""
    found = sets.draft(request.user, row.pk)
    if request.POST.get(SEEN, "") != found.updated_at.isoformat():
        raise Conflict(_("The change set has changed since this page was drawn: look at it again."))
    return found


def _page(
    request: HttpRequest,
    row: ChangeSet,
    condition: str,
    form: ChangeSetForm | None = None,
    refused: Refused | None = None,
    preview: dict[str, Any] | None = None,
) -> HttpResponse:
    is_draft = row.state != State.PUBLISHED
    stale = conflicts_of(row, request.user) if is_draft else []
    context = {
        **admin.site.each_context(request),
        "title": row.reason,
        "opts": ChangeSet._meta,
        "row": row,
        "condition": condition,
        "is_draft": is_draft,
        "items": items_shown(row, request.user, stale, refused),
        "further": max(0, len(row.changes) - MOST),
        "stale": stale,
        "seen": row.updated_at.isoformat(),
        "form": form or ChangeSetForm(row),
        "refused": refused,
        "refused_fields": refused.details.get("errors") if refused and _by_fields(refused) else {},
        "problem": row.problem.get(get_language()) or row.problem.get("en"),
        "preview": preview,
        "revision": None if row.revision is None else reverse("admin:revisions_revision_change", args=[row.revision]),
    }
    return TemplateResponse(request, "admin/changesets/page.html", context)


def _by_fields(refused: Refused) -> bool:
    return isinstance(refused.details.get("errors"), dict)
