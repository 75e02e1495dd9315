"""What of the history is told to whom, beyond which changes he may see at all (`revisions.visibility`).

- A reason speaks of the whole change: it is for those who see all of it.
- A row that came from a service the caller may not see begins with its coming: what it was there is not told.
- Confidential columns are masked for those who may not change the row's service.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.apps import apps
from django.db.models import BooleanField, Exists, OuterRef, QuerySet, Value

from gateway_project.rest import access
from revisions.documents import Document
from revisions.history import Difference
from revisions.models import Revision, RevisionItem
from revisions.recorded import declared, model_of

SERVICE = "service_id"
"""The column of rows that belong to a service."""


def with_hidden(caller: Any, revisions: QuerySet[Any]) -> QuerySet[Any]:
    """Revisions that know whether they hold a change the caller may not see (`is_partly_hidden`)."""
    if access.is_administrator(caller):
        return revisions.annotate(is_partly_hidden=Value(value=False, output_field=BooleanField()))
    seen = access.visible(caller, RevisionItem.objects.all()).values("pk")
    hidden = RevisionItem.objects.filter(revision=OuterRef("pk")).exclude(pk__in=seen)
    return revisions.annotate(is_partly_hidden=Exists(hidden))


def reason_shown(revision: Revision) -> str:
    """The reason, or nothing to who does not see all of the revision, which `with_hidden` has told."""
    return "" if getattr(revision, "is_partly_hidden", True) else revision.reason


def told_to(caller: Any, found: Sequence[Difference]) -> list[Difference]:
    """Differences as the caller is told them; two queries at most."""
    if access.is_administrator(caller):
        return list(found)
    services = _services_among(caller, found)
    return [_told(one, services, caller) for one in found]


def _told(one: Difference, services: dict[str, Any], caller: Any) -> Difference:
    before, after = (None if _of(side) - services.keys() else side for side in (one.before, one.after))
    confidential = declared(model_of(one.kind)).confidential
    service = services.get(str(one.service_id))
    masked = () if service is not None and confidential and access.may_write(caller, service) else confidential
    return replace(one, before=before, after=after, masked=masked)


def _services_among(caller: Any, found: Iterable[Difference]) -> dict[str, Any]:
    """The services these rows belong or belonged to, by id, as far as the caller may see them."""
    wanted = {str(one.service_id) for one in found}
    wanted |= {key for one in found for side in (one.before, one.after) for key in _of(side)}
    services: Any = apps.get_model("services", "Service")._base_manager
    seen = access.visible(caller, services.filter(pk__in=wanted - {"None"}))
    return {str(row.pk): row for row in seen}


def _of(document: Document | None) -> set[str]:
    """The id of the service that a row says it belongs to; none for a row that does not say it."""
    found = None if document is None else document.get(SERVICE)
    return set() if found is None else {str(found)}
