"""Publishing the sets whose time has come: in the control process of every node, and once."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.translation import override

from configuration.changesets.publishing import publish
from configuration.models import ChangeSet, State
from gateway_project.rest.exception_handler import answer_to
from permissions.standing import Standing, standing_of
from revisions.change import change

logger = logging.getLogger("gateway.changesets")


class Deputy:
    """The caller in whose stead a set is published, with what he was allowed when he wrote it."""

    is_authenticated = is_active = True
    is_anonymous = False
    pk = None

    def __init__(self, row: ChangeSet) -> None:
        self.subject = row.actor
        accounts = get_user_model().objects.filter(username=row.actor)
        disabled = accounts.exists() and not accounts.filter(is_active=True).exists()
        self._gateway_standing = Standing() if disabled else standing_from(row.standing)

    def get_username(self) -> str:
        """As a Django user's."""
        return self.subject


def standing_to(caller: Any) -> dict[str, Any]:
    """What a caller is allowed now, to be kept with a set."""
    now = standing_of(caller)
    return {"administrator": now.administrator, "operator": now.operator, "teams": sorted(now.teams)}


def standing_from(kept: dict[str, Any]) -> Standing:
    """The same, read again."""
    return Standing(
        administrator=bool(kept.get("administrator")),
        operator=bool(kept.get("operator")),
        teams=frozenset(kept.get("teams", ())),
    )


def publish_due() -> None:
    """Publishes every set whose time has come. Raises what the database raises; it is tried again."""
    due = ChangeSet.objects.filter(state=State.DRAFT, publish_at__lte=timezone.now()).order_by("publish_at", "pk")
    for pk in list(due.values_list("pk", flat=True)):
        _publish_due(pk)


def _publish_due(pk: Any) -> None:
    """One of them, unless another node has done it: changes are made one after the other, and each looks again."""
    due = ChangeSet.objects.filter(pk=pk, state=State.DRAFT, publish_at__lte=timezone.now())
    try:
        with change() as current:
            row = due.select_for_update().first()
            if row is None:
                return
            current.actor = row.actor
            publish(row, current, Deputy(row), force=False)
    except Exception as error:
        with override("en"):
            reply = answer_to(error)
        if reply is None or reply.status_code >= 500:
            raise
        due.update(state=State.FAILED, problem=dict(reply.data))
        logger.error("a change set was not published at its time: %s", reply.data["msg"])
    else:
        logger.info("change set published at its time")
