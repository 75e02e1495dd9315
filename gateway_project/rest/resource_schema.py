"""The OpenAPI document of a resource with the usual five actions, drawn from what its view declares anyway.

`messages`, `reply_id`, `created_fields`, `list_key` and the serializer say what the replies hold; three examples say
what they look like.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.utils.functional import lazy
from django.utils.translation import override
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view, inline_serializer
from rest_framework import serializers

from gateway_project.rest.fields import TimestampField
from gateway_project.rest.pending import PendingSerializer
from gateway_project.rest.schema import answers

ViewT = TypeVar("ViewT", bound=type)

USUAL = {
    "list": (400,),
    "retrieve": (404,),
    "create": (400, 413),
    "update": (400, 404, 412, 413),
    "destroy": (404, 412),
}
"""How each action may fail, whatever the resource."""
TAKEN = {"create": (409,), "update": (409,)}
"""How a resource fails whose names are its own."""
IN_USE = {**TAKEN, "destroy": (409,)}
"""How one fails that others may need."""
NAMES = {"list": "List", "retrieve": "", "create": "Created", "update": "Updated", "destroy": "Deleted"}
DELETED_AT = "2025-01-09 12:00:00"
SUMMARIES = {"list": "List", "retrieve": "Read", "create": "Create", "update": "Change", "destroy": "Delete"}


def described(
    noun: str,
    plural: str,
    *,
    tag: str,
    shown: Mapping[str, Any],
    body: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
    failures: Mapping[str, tuple[int, ...]] = TAKEN,
    once: Mapping[str, str] | None = None,
) -> Callable[[ViewT], ViewT]:
    """Decorates a `ConfigurationViewSet` that serves list, retrieve and destroy, and create and update if told of them.

    `shown` is an example of what GET answers, `body` and `changes` of what POST and PUT take; `failures` come on top
    of the usual ones; `once` holds texts that only the reply of a create has.
    """
    given = {action: value for action, value in (("create", body), ("update", changes)) if value is not None}

    def decorate(view: ViewT) -> ViewT:
        resource: Any = view
        contents = _contents(resource, shown, changes or {}, once or {})
        requests = {"create": resource.serializer_class, "update": resource.serializer_class(partial=True)}
        operations = {
            action: extend_schema(
                operation_id=_operation_id(action, noun, plural),
                summary=f"{SUMMARIES[action]} {plural if action == 'list' else _with_article(noun)}",
                request=requests.get(action),
                examples=[_example(noun, given[action])] if action in given else None,
                responses=_responses(resource, action, _camel(noun), contents[action], failures.get(action, ())),
            )
            for action in USUAL
            if action in given or action not in requests
        }
        decorated: ViewT = extend_schema_view(**operations)(extend_schema(tags=[tag])(view))
        return decorated

    return decorate


def _responses(
    view: Any, action: str, noun: str, content: tuple[dict[str, Any] | None, dict[str, Any]], failures: tuple[int, ...]
) -> dict[int, Any]:
    fields, example = content
    name = noun + NAMES[action]
    shown = view.serializer_class if fields is None else inline_serializer(name, fields)
    refusals = sorted({*USUAL[action], *failures})
    return answers(name, shown, *refusals, example=(_in_chinese(view.messages[action]), example))


def _example(noun: str, given: Mapping[str, Any]) -> OpenApiExample:
    return OpenApiExample(noun.capitalize(), value=dict(given), request_only=True)


def _contents(
    view: Any, shown: Mapping[str, Any], changes: Mapping[str, Any], once: Mapping[str, str]
) -> dict[str, tuple[dict[str, Any] | None, dict[str, Any]]]:
    """Fields and an example of the content of each action's reply; no fields where it is the whole object."""
    identity, identified = {view.reply_id: serializers.CharField()}, {view.reply_id: shown["id"]}
    at = shown.get("updated_at", DELETED_AT)
    pending = PendingSerializer().fields
    texts = {name: serializers.CharField(help_text="Shown this once.") for name in once}
    changed = {"updated_fields": serializers.ListField(child=serializers.CharField()), "updated_at": TimestampField()}
    created = _shown_fields(view, view.created_fields)
    return {
        "list": (
            {"total": serializers.IntegerField(), view.list_key: view.serializer_class(many=True)},
            {"total": 1, view.list_key: [dict(shown)]},
        ),
        "retrieve": (None, dict(shown)),
        "create": (
            {**identity, **texts, **created, **pending},
            {**identified, **once, **{name: shown[name] for name in view.created_fields}},
        ),
        "update": (
            {**identity, **changed, **pending},
            {**identified, "updated_fields": list(changes), "updated_at": at},
        ),
        "destroy": (
            {**identity, view.deleted_key: TimestampField(), **pending},
            {**identified, view.deleted_key: at},
        ),
    }


def _shown_fields(view: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Copies of the fields that a whole object is shown with."""
    known = view.serializer_class().fields
    fields = {name: copy.deepcopy(known[name]) for name in names}
    for field in fields.values():
        field.required, field.read_only = False, True
    return fields


def _operation_id(action: str, noun: str, plural: str) -> str:
    verb = {"retrieve": "get", "destroy": "delete"}.get(action, action)
    return verb + _camel(plural if action == "list" else noun)


def _camel(words: str) -> str:
    return words.title().replace(" ", "")


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"


def _in_chinese(message: Any) -> Any:
    """As the API answers by default, whatever the language of the page; translated when the document is written."""

    def text() -> str:
        with override("zh-hant"):
            return str(message)

    return lazy(text, str)()
