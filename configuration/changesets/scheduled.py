"""Publishing the sets whose time has come: in the control process of every node, and once."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import override

from configuration.changesets.deputy import Deputy
from configuration.changesets.publishing import publish
from configuration.models import ChangeSet, State
from gateway_project.rest import access
from gateway_project.rest.exception_handler import answer_to
from revisions.change import change

logger = logging.getLogger("gateway.changesets")

OF_THE_DEPUTY = ("actor", "owner", "standing")
"""Columns of a set that say in whose stead it is published."""


def publish_due() -> None:
    """Publishes every set whose time has come. Raises what the database raises; it is tried again."""
    due = ChangeSet.objects.filter(state=State.DRAFT, publish_at__lte=timezone.now()).order_by("publish_at", "pk")
    for pk in list(due.values_list("pk", flat=True)):
        _publish_due(pk)


def _publish_due(pk: Any) -> None:
    """One of them, unless another node has done it: changes are made one after the other, and each looks again.

    What refuses it speaks the language of the moment, and readers have their own: so a set that is refused is tried
    once in each language, and every refusal is kept.
    """
    due = ChangeSet.objects.filter(pk=pk, state=State.DRAFT, publish_at__lte=timezone.now())
    problem = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            refused = _refusal(due)
        if refused is None:
            return
        problem[language] = refused
    due.update(state=State.FAILED, problem=problem)
    logger.error("a change set was not published at its time: %s", problem["en"]["msg"])


def _refusal(due: QuerySet[ChangeSet]) -> dict[str, Any] | None:
    """Publishes the set. The answer it is refused with; None if it is published now, or was already."""
    found = due.first()
    if found is None:
        return None
    deputy = Deputy(found)
    try:
        with access.acting(deputy), change(actor=found.actor) as current:
            row = due.select_for_update().first()
            if row is None or any(getattr(row, name) != getattr(found, name) for name in OF_THE_DEPUTY):
                return None  # what has changed meanwhile is published in its turn
            publish(row, current, deputy, force=False)
    except Exception as error:
        reply = answer_to(error)
        if reply is None or reply.status_code >= 500:
            raise
        return dict(reply.data)
    logger.info("change set published at its time")
    return None
