"""Who keeps in change sets what pages of rows would save (`revisions.drafts`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from configuration.changesets import sets
from configuration.changesets.drafting import Drafting
from configuration.kinds import KINDS
from configuration.models import ChangeSet, State
from gateway_project.rest.errors import ApiError, field_errors
from gateway_project.rest.parser import text_problem
from gateway_project.rest.viewset import uuid_or_404
from permissions.audit import trail
from permissions.models import AuditOutcome
from permissions.standing import standing_of

MOST_OFFERED = 50
LONGEST_REASON = 500
SHOWN = 60
"""Characters of a reason in a list to choose from."""


def may_keep(request: HttpRequest) -> bool:
    """Whether the person may open change sets: operators and administrators, as of the API."""
    standing = standing_of(request.user)
    return bool(request.user.is_staff) and (standing.administrator or standing.operator)


class Keeper:
    """As `revisions.drafts.Drafts`."""

    def offered(self, request: HttpRequest, model: type[Model]) -> bool:
        """Of what changes of a set can say."""
        return may_keep(request) and any(kind.model is model for kind in KINDS.values())

    def open_sets(self, request: HttpRequest) -> Sequence[tuple[str, str]]:
        """His own, or to an administrator all that are no record of the past yet."""
        rows = sets.seen_by(request.user, ChangeSet.objects.exclude(state=State.PUBLISHED))
        newest = rows.order_by("-updated_at", "id").values_list("pk", "reason", "actor")[:MOST_OFFERED]
        return [(str(pk), f"{_short(reason)} ({actor})" if actor else _short(reason)) for pk, reason, actor in newest]

    def watching(self) -> Drafting:
        """What writes the changes down."""
        return Drafting()

    def put(self, request: HttpRequest, changes: Sequence[Mapping[str, Any]], into: str, reason: str) -> str:
        """As `Drafts.put`; noted in the audit trail."""
        caller = request.user
        with transaction.atomic():
            row = self._draft(caller, into) if into else sets.new_set(caller, caller.get_username())
            if not into:
                row.reason = reason_of(reason, "reason")
            sets.add(row, changes, caller)
            trail.note(AuditOutcome.SUCCEEDED)
        return reverse("admin:configuration_changeset_change", args=[row.pk])

    @staticmethod
    def _draft(caller: Any, into: str) -> ChangeSet:
        try:
            return sets.draft(caller, uuid_or_404(into, sets.NOT_FOUND))
        except ApiError as refused:
            raise field_errors({"into": refused.message}) from None


def reason_of(text: str, name: str) -> str:
    """Why a set is made. Raises `BadRequest` that blames the field of this name."""
    reason = text.strip()
    if not reason:
        raise field_errors({name: _("Say why: it is what the history will show.")})
    if len(reason) > LONGEST_REASON:
        raise field_errors({name: _("At most %(most)d characters.") % {"most": LONGEST_REASON}})
    if problem := text_problem(reason):
        raise field_errors({name: problem})
    return reason


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
