"""What is the same for every kind of row: its name in a document, its serializers, how a row is found and removed.

A row is named by its natural key, which outlives an export and an import, or by its id:

| kind          | natural key                                                              |
|---------------|--------------------------------------------------------------------------|
| permission    | its code                                                                 |
| role, issuer, service, consumer, global_plugin | its name                                |
| instance      | `service/instance_id`                                                    |
| route         | its name if it has one, else its id; routes of one name are told apart by id |
| credential    | `kind/identifier`: `basic/alice`, `api_key/` and the key's first characters |
| grant         | `permission/holder`: `user.read/role:editor`                             |
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, NamedTuple

from django.apps import apps
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from configuration.lookup import Lookup


class Entry(NamedTuple):
    """Data and what takes it."""

    serializer: str
    """Dotted path of its class."""
    data: dict[str, Any]
    context: Mapping[str, Any] = {}
    """What the serializer has to know beside the caller."""


class Kind:
    """One kind of row. Serializers are named by dotted path and imported when they are first used."""

    name: ClassVar[str]
    plural: ClassVar[str]
    label: ClassVar[str]
    """Of the model, `app.Model`."""
    serializer: ClassVar[str]
    """Takes a create, and, where no other is named, an update; shows a row."""
    update_serializer: ClassVar[str] = ""
    shown_serializer: ClassVar[str] = ""
    bulk: ClassVar[str] = ""
    """Dotted path of what makes many rows at once: called with the bodies and the caller, it has `add(body)`, which
    judges one and answers its row, and `store()`. Without it they are made one by one."""
    secrets: ClassVar[tuple[str, ...]] = ()
    """Members of the data that no reply shows."""
    key: ClassVar[str] = "name"
    """The column of the natural key."""

    @property
    def model(self) -> type[Any]:
        """The model's class."""
        return apps.get_model(self.label)

    def rows(self) -> QuerySet[Any]:
        """Every row there is, with what showing it takes."""
        return self.model.objects.order_by("pk")

    def natural_key(self, row: Any) -> str:
        """The name of a row in a document."""
        return str(getattr(row, self.key))

    def named_among(self, texts: Sequence[str]) -> Q:
        """Every row whose natural key is one of these texts, and perhaps some others."""
        return Q(**{f"{self.key}__in": texts})

    def find(self, text: str, rows: QuerySet[Any] | None = None) -> Any:
        """The row with this natural key or id among `rows`, all by default. Raises `NotFound` or `Conflict`."""
        return self.lookup([text], rows).one(text)

    def lookup(self, texts: Collection[str], rows: QuerySet[Any] | None = None) -> Lookup:
        """All of them, read together."""
        return Lookup(self, texts, self.rows() if rows is None else rows)

    @property
    def title(self) -> str:
        """What a person calls it."""
        return str(self.model._meta.verbose_name)

    def creation(self, data: Mapping[str, Any]) -> Entry:
        """What makes a new row of this data."""
        return Entry(self.serializer, dict(data))

    def modification(self, row: Any, data: Mapping[str, Any]) -> Entry:
        """What gives a row's fields these values."""
        return Entry(self.update_serializer or self.serializer, dict(data))

    def document(self, row: Any) -> dict[str, Any]:
        """A row as GET shows it."""
        return shown_by(self.shown_serializer or self.serializer, row)

    def remove(self, row: Any) -> None:
        """Deletes a row by the rules of its kind. Raises `Conflict` or `ProtectedError` while it is needed."""
        row.delete()


def shown_by(serializer: str, row: Any) -> dict[str, Any]:
    """A row as this serializer shows it."""
    return dict(_reader(serializer).to_representation(row))


@cache
def _reader(serializer: str) -> Any:
    """One for all rows: making one takes twenty times as long as showing a row with it."""
    return import_string(serializer)()


def halves(text: str) -> Iterator[tuple[str, str]]:
    """Every way to cut a text in two at a slash: both halves may hold some."""
    places = [place for place, character in enumerate(text) if character == "/"]
    return ((text[:place], text[place + 1 :]) for place in places)
