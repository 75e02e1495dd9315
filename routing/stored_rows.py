"""Rows of routes as they are stored, read in bulk: what many rows have in common is read and judged once.

Of a hundred thousand routes most have the same methods, hosts, limits and plugins. So each stored value of a column is
turned into Python's, and put before its field's validators, when it is met first. Every value is judged as
`Model.clean_fields` judges it; what is wrong with one, this module does not say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Field, QuerySet
from django.db.models.base import ModelState

from routing.models import Route

CHUNK = 2000
"""Rows fetched at once."""
MOST_KNOWN = 5000
"""Different values of a column that are remembered: beyond, its rows have nothing in common."""
UNREAD = frozenset(("updated_at", "deleted_at", "duplicate_key"))
"""Columns that no spec is made of and no person writes."""
OWN = frozenset(("id", "name", "path_pattern", "target_url", "created_at"))
"""Columns in which nearly every row differs from the others."""
OF_SERVICE = ("service__name", "service__retry_count", "service__load_balance_strategy", "service__hash_key")


class StoredService(NamedTuple):
    """What a route's spec takes from the row of its service."""

    name: str
    retry_count: int | None
    load_balance_strategy: str
    hash_key: str


class StoredRow(NamedTuple):
    """A route that has no more than its columns: no related rows."""

    route: Route
    service: StoredService
    is_sound: bool
    """Whether no field has anything against its value."""


class Column:
    """One column of the query; `known`: stored value → Python's, and whether it is sound."""

    __slots__ = ("_connection", "_conversions", "_expression", "_judge", "known")

    def __init__(self, conversions: Any, expression: Any, connection: Any, judge: Callable[[Any], bool]) -> None:
        self.known: dict[Any, tuple[Any, bool]] = {}
        self._conversions = conversions
        self._expression = expression
        self._connection = connection
        self._judge = judge

    def read(self, stored: Any) -> tuple[Any, bool]:
        """A value that is not known yet."""
        if len(self.known) >= MOST_KNOWN:
            self.known.clear()
        value = stored
        for convert in self._conversions:
            value = convert(value, self._expression, self._connection)
        found = self.known[stored] = value, self._judge(value)
        return found


def stored_rows(routes: QuerySet[Route]) -> Iterator[StoredRow]:
    """Those of a query, in its order."""
    fields = [field for field in Route._meta.concrete_fields if field.attname not in UNREAD]
    fields.sort(key=lambda field: field.attname not in OWN)
    names = [field.attname for field in fields]
    compiler = routes.values_list(*names, *OF_SERVICE).query.get_compiler(routes.db)
    in_chunks = not compiler.connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")  # as `QuerySet.iterator`
    chunks = compiler.execute_sql(chunked_fetch=in_chunks, chunk_size=CHUNK)
    columns = _columns(compiler, fields)
    own, common = columns[: len(OWN)], Common(names[len(OWN) :], columns[len(OWN) :])
    count, state = len(OWN), ModelState()
    for row in chain.from_iterable(chunks):
        values, are_sound = _read(own, row)
        shared, service, is_sound = common.of(row[count:])
        route = Route.__new__(Route)  # `Model.__init__` takes as long as all the rest
        route.__dict__ = {"_state": state, **shared, **dict(zip(names, values, strict=False))}
        yield StoredRow(route, service, is_sound and are_sound)


class Common:
    """The columns that many rows have in common, taken as one value."""

    def __init__(self, names: list[str], columns: list[Column]) -> None:
        self._names = names
        self._columns = columns
        self._known: dict[tuple[Any, ...], tuple[dict[str, Any], StoredService, bool]] = {}

    def of(self, row: tuple[Any, ...]) -> tuple[dict[str, Any], StoredService, bool]:
        """By name, what the service has of them, and whether all are sound."""
        found = self._known.get(row)
        if found is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            values, are_sound = _read(self._columns, row)
            count = len(self._names)
            shared = dict(zip(self._names, values[:count], strict=True))
            found = self._known[row] = shared, StoredService(*values[count:]), are_sound
        return found


def _columns(compiler: Any, fields: list[Field[Any, Any]]) -> list[Column]:
    expressions = [expression for expression, _sql, _alias in compiler.select]
    converters = compiler.get_converters(expressions)
    judges = [*map(_judge, fields), *(_unjudged for _name in OF_SERVICE)]
    return [
        Column(converters.get(position, ((), None))[0], expression, compiler.connection, judge)
        for position, (expression, judge) in enumerate(zip(expressions, judges, strict=True))
    ]


def _read(columns: list[Column], row: tuple[Any, ...]) -> tuple[list[Any], bool]:
    """The values of these columns, with which the row begins, and whether all are sound."""
    values, are_sound = [], True
    for column, stored in zip(columns, row, strict=False):
        value, is_sound = column.known.get(stored) or column.read(stored)
        values.append(value)
        if not is_sound:
            are_sound = False
    return values, are_sound


def _judge(field: Field[Any, Any]) -> Callable[[Any], bool]:
    """As `Model.clean_fields` does; foreign keys, which it would look up, are the database's to hold."""
    if field.is_relation or not (field.editable or field.validators):
        return _unjudged

    def judge(value: Any) -> bool:
        if field.blank and value in field.empty_values:
            return True
        try:
            return bool(field.clean(value, None) == value)  # no field of ours asks its row
        except ValidationError:
            return False

    return judge


def _unjudged(value: Any) -> bool:
    return True
