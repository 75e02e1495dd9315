"""The body of a batch: one list of 1 to 1000 objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from configuration.refusal import Refused, judged
from configuration.write import Written
from gateway_project.rest.errors import field_errors
from gateway_project.rest.messages import WHOLE
from gateway_project.rest.parser import printable

MOST = 1000

Outcome = Written | Refused
Item = Mapping[str, Any]


def items_of(body: Mapping[str, Any], key: str) -> list[Any]:
    """The list. Raises `BadRequest` for a body that holds anything else, too few items or too many (G-280)."""
    errors = {printable(name): _("Unknown field.") for name in body.keys() - {key}}
    items = body.get(key)
    if not isinstance(items, list) or not 1 <= len(items) <= MOST:
        errors[key] = _("Must be a list of %(least)d to %(most)d entries.") % {"least": 1, "most": MOST}
    if errors:
        raise field_errors(errors)
    assert isinstance(items, list)
    return items


def each(
    items: Sequence[Any], read: Callable[[Item], Any], write: Callable[[list[Any]], list[Outcome]]
) -> list[Outcome]:
    """The outcome of every item, in order: `read` judges its shape, `write` does all that passed, together."""
    readings = [judged(lambda item=item: read(_an_object(item))) for item in items]  # type: ignore[misc]
    outcomes = iter(write([one for one in readings if not isinstance(one, Refused)]))
    return [one if isinstance(one, Refused) else next(outcomes) for one in readings]


def named(item: Item) -> tuple[str, Item]:
    """The id of an item and the rest of it. Raises `BadRequest`."""
    rest = dict(item)
    identity = rest.pop("id", None)
    if not isinstance(identity, str):
        raise field_errors({"id": _("Must be a string.") if "id" in item else _("This field is required.")})
    return identity, rest


def only_named(item: Item) -> str:
    """The id of an item that holds nothing else. Raises `BadRequest`."""
    identity, rest = named(item)
    if rest:
        raise field_errors({printable(name): _("Unknown field.") for name in rest})
    return identity


def _an_object(item: Any) -> Item:
    if not isinstance(item, dict):
        raise field_errors({WHOLE: _("Must be an object.")})
    return item
