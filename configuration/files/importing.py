"""From a document to a plan, and from the plan to the database: what commands and the API both do (G-502)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group
from django.utils.translation import gettext as _

from configuration.files.judging import Judged, judged
from configuration.files.matching import repeated
from configuration.files.outline import Outline, taken_apart
from configuration.files.plan import Plan, plan
from configuration.files.plugin_secrets import is_secret
from configuration.files.problem import DocumentError, Place, Problem, whole
from configuration.files.references import in_the_way, unresolved
from configuration.files.selection import Selection
from configuration.files.stored import Stored, stored
from configuration.files.storing import store
from configuration.files.substitution import substituted
from gateway_project.rest import access
from permissions.models import Permission
from services.models import Service
from services.plugins import expected, known


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan with what carrying it out takes."""

    plan: Plan
    judged: Judged
    found: Stored

    def carry_out(self, caller: Any, actor: str) -> None:
        """Writes, inside a change; raises what `store` raises."""
        store(self.plan, self.judged, self.found, caller, actor)


def prepared(
    document: Mapping[str, Any],
    caller: Any,
    *,
    environment: Mapping[str, str],
    selection: Selection | None = None,
    prune: bool = False,
) -> Prepared:
    """What has to be done so that the caller's configuration is as the document says; nothing is stored.

    Raises `DocumentError` with everything that is wrong.
    """
    outline = taken_apart(substituted(document, environment, is_secret))
    wanted_part = _selection(outline, selection)
    found = stored(caller, wanted_part)
    services = {raw.data.get("name") for raw in outline.objects if raw.kind.kind == "service"}
    with expected(name for name in services if isinstance(name, str)):
        result = judged(outline.objects, found)
    _refuse(repeated(result.entries))
    _refuse(_outside_selection(result, wanted_part))
    made = plan(found.entries, result.entries, prune=prune)
    _refuse(
        [
            *unresolved(made, result.entries, found.outside, _others(caller), services_of),
            *_foreign_ids(outline, found, caller),
            *in_the_way(made, result.entries, found.outside, wanted_part),
        ]
    )
    return Prepared(made, result, found)


def _others(caller: Any) -> dict[str, Iterable[str]]:
    """Names of rows that no plan of this caller knows, and that his objects may name."""
    if access.is_administrator(caller):
        return {"team": Group.objects.values_list("name", flat=True)}
    services = access.visible(caller, Service.objects.all())
    return {
        "team": services.exclude(owner=None).values_list("owner__name", flat=True),
        "permission": Permission.objects.values_list("code", flat=True),
        "service": services.values_list("name", flat=True),
    }


def _foreign_ids(outline: Outline, found: Stored, caller: Any) -> Iterator[Problem]:
    """Routes that come with the id of a row the caller does not see: whether there is one would tell of other teams."""
    if access.is_administrator(caller):
        return
    seen = {str(found.row(entry).pk) for entry in found.entries if entry.kind == "route"}
    for raw in outline.objects:
        if raw.kind.kind == "route" and "id" in raw.data and str(raw.data["id"]).lower() not in seen:
            yield Problem(raw.place, "id", _("You see no route of this id. Leave it out: a new route gets one."))


def services_of(plugins: Mapping[str, Any]) -> Iterator[str]:
    """The services that bindings of plugins name."""
    for name, config in plugins.items():
        if name in known() and isinstance(config, dict):
            yield from known()[name].services(config)


def _selection(outline: Outline, asked: Selection | None) -> Selection:
    """The part the file is about; who asks for another one is told."""
    if asked and outline.selection and asked.labels != outline.selection.labels:
        told = _("The file is about %(labels)s, and you asked for %(asked)s. Leave one of them out.")
        raise whole(told % {"labels": outline.selection, "asked": asked})
    return asked or outline.selection


def _outside_selection(result: Judged, selection: Selection) -> Iterator[Problem]:
    """Objects without the labels of the part the file is about: an import would make them and never see them."""
    if not selection:
        return
    parts = {entry.name for entry in result.entries if entry.kind == "consumer" and _bears(entry.data, selection)}
    for entry in result.entries:
        if entry.parent or (entry.kind == "grant" and entry.data.get("consumer") in parts):
            continue
        if not _bears(entry.data, selection):
            told = _("Does not bear %(labels)s. Give it these labels, or leave the selection out.") % {
                "labels": selection
            }
            yield Problem(Place(entry.place.section, entry.name, entry.place.line), "labels", told)


def _bears(data: Mapping[str, Any], selection: Selection) -> bool:
    return selection.takes(data.get("labels", {}))


def _refuse(problems: Iterable[Problem]) -> None:
    listed = list(problems)
    if listed:
        raise DocumentError(listed)
