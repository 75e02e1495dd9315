"""The plugins a configuration may name, and the rule that a binding of one obeys its schema.

The data plane brings them: it gives a function that tells them, called when the first configuration is judged, so that
a command that judges none does not load the data plane.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gateway_project.rest import access
from revisions.documents import MASK
from services import write_only
from services.spec import ENABLED

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError as SchemaViolation


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin as the control side sees it.

    `check` raises `ValueError` for what the schema cannot say; `services` tells the services a configuration names.
    One that comes before it is known who is asking does not serve consumers.
    """

    name: str
    schema: Mapping[str, Any]
    check: Callable[[dict[str, Any]], None]
    services: Callable[[dict[str, Any]], Iterable[str]] = lambda config: ()
    serves_consumers: bool = True


_expected: ContextVar[frozenset[str]] = ContextVar("services_plugins_expected", default=frozenset())
_sources: list[Callable[[], Mapping[str, Plugin]]] = []


def register(source: Callable[[], Mapping[str, Plugin]]) -> None:
    """Adds the plugins that `source` tells."""
    _sources.append(source)
    known.cache_clear()


@cache
def known() -> dict[str, Plugin]:
    """Every plugin by its name, in the order of the request path."""
    return {name: plugin for source in _sources for name, plugin in source().items()}


def check_plugins(value: Any) -> None:
    """An object from the name of a known plugin to its configuration. Raises `ValidationError` with every problem."""
    if not isinstance(value, dict):
        raise ValidationError(_("Must be an object."))
    unknown = sorted(set(value) - known().keys())
    if unknown:
        raise ValidationError(_("Unknown plugin: %(names)s"), params={"names": ", ".join(unknown)[:500]})
    problems = [problem for name, config in value.items() for problem in problems_of(known()[name], config)]
    if problems:
        raise ValidationError([ValidationError("%(text)s", params={"text": text}) for text in problems[:20]])


def problems_of(plugin: Plugin, config: Any) -> Iterator[str]:
    """What is wrong with one configuration, each with the place in it."""
    if not isinstance(config, dict):
        yield _at(plugin.name, _("Must be an object."))
        return
    if config == {ENABLED: False}:
        return
    if not isinstance(config.get(ENABLED, True), bool):
        yield _at(f"{plugin.name}.{ENABLED}", _("Must be a boolean."))
    from jsonschema import Draft202012Validator  # a tenth of the time that Django takes to be set up

    own = {name: value for name, value in config.items() if name != ENABLED}
    violations = [_said(plugin.name, one) for one in Draft202012Validator(plugin.schema).iter_errors(own)]
    yield from violations
    if violations:
        return
    try:
        plugin.check(own)
    except ValueError as error:
        yield _at(plugin.name, error)
    else:
        yield from (_at(place, _("Send what is secret again.")) for place in _left_masked(plugin, own))
        yield from (_at(plugin.name, _("There is no service “%s”.") % name) for name in missing(plugin.services(own)))


def _left_masked(plugin: Plugin, config: Mapping[str, Any]) -> list[str]:
    """Places of secrets that hold what readers see instead of them."""
    found: list[str] = []

    def look(place: write_only.Place, value: str) -> str:
        if value == MASK:
            found.append(".".join(map(str, place)))
        return value

    write_only.replaced(plugin.schema, config, look, (plugin.name,))
    return found


def _at(place: str, problem: object) -> str:
    return f"{place}: {problem}"


@contextmanager
def expected(names: Iterable[str]) -> Iterator[None]:
    """Within the block these services count as being there: the document that is judged brings them."""
    token = _expected.set(frozenset(names))
    try:
        yield
    finally:
        _expected.reset(token)


def missing(names: Iterable[str]) -> list[str]:
    """Those of no service that whoever acts may see: a plugin sends requests there past all routes of the service."""
    from services.models import Service  # its columns are held to this module's rules

    wanted = set(names) - _expected.get()
    if not wanted:
        return []
    seen = access.visible(access.who_acts(), Service.objects.filter(name__in=wanted))
    return sorted(wanted - set(seen.values_list("name", flat=True)))


def _said(name: str, violation: SchemaViolation) -> str:
    """In the schema's own words where it has some: a regular expression tells nobody what to write."""
    place = ".".join(str(part) for part in (name, *violation.absolute_path))
    if violation.schema.get("writeOnly"):
        return f"{place}: {violation.schema.get('title', violation.validator)} is wanted"
    wanted = violation.schema.get("title", "") if violation.validator == "pattern" else ""
    return f"{place}: {f'{violation.instance!r:.100} is not {wanted}' if wanted else violation.message[:300]}"
