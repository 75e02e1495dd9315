"""Rows of one kind by their natural keys or ids, read together."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from gateway_project.rest.errors import Conflict, NotFound
from gateway_project.rest.parser import printable, text_problem

if TYPE_CHECKING:
    from configuration.kind import Kind

CHUNK = 300
"""Texts a query names: SQLite takes 999 values, and a text may stand for several."""

MOST = 2**63 - 1
"""The largest id a database holds."""


class Lookup:
    """Those rows, of the ones given, that the texts name.

    As they were when it was made, but for what it is told.
    """

    def __init__(self, kind: Kind, texts: Collection[str], rows: QuerySet[Any]) -> None:
        self._kind = kind
        self._found: dict[str, dict[Any, Any]] = {}
        wanted = sorted({text for text in texts if text and not text_problem(text)})
        for start in range(0, len(wanted), CHUNK):
            self._read(wanted[start : start + CHUNK], rows)

    def _read(self, texts: list[str], rows: QuerySet[Any]) -> None:
        for row in rows.filter(self._kind.named_among(texts) | Q(pk__in=list(self._identities(texts)))):
            for text in (self._kind.natural_key(row), str(row.pk)):
                self._found.setdefault(text, {})[row.pk] = row

    def _identities(self, texts: list[str]) -> Iterator[Any]:
        """Those that can be primary keys, as the model has them."""
        for text in texts:
            try:
                identity = self._kind.model._meta.pk.to_python(text)
            except ValidationError:
                continue
            if str(identity) == text and not (isinstance(identity, int) and identity > MOST):
                yield identity

    def rename(self, row: Any, before: str, after: str) -> None:
        """The row has another natural key from now on."""
        if str(row.pk) != before:
            self._found.get(before, {}).pop(row.pk, None)
        self._found.setdefault(after, {})[row.pk] = row

    @property
    def pks(self) -> list[Any]:
        """The primary keys of all that were found."""
        return list({pk: None for rows in self._found.values() for pk in rows})

    def one(self, text: str) -> Any:
        """The row. Raises `NotFound`, or `Conflict` with the ids when several have this name."""
        found = list(self._found.get(text, {}).values())
        if not found:
            names = {"kind": self._kind.title, "name": printable(text)}
            raise NotFound(_("There is no %(kind)s “%(name)s”.") % names)
        if len(found) > 1:
            content = {"conflicts_with": sorted(str(row.pk) for row in found)[:100]}
            raise Conflict(_("Several rows have this name; use the id."), content=content)
        return found[0]

    def forget(self, pk: Any) -> None:
        """The row of this primary key is gone."""
        for rows in self._found.values():
            rows.pop(pk, None)
