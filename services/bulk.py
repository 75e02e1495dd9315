"""The services that many rows name: read together, made where they are missing, and the caller asked once for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Model

from gateway_project.rest import access
from revisions.change import change
from services.models import Service
from services.registration import new_service


class NamedServices:
    """By their names, for one caller who writes rows that belong to them."""

    def __init__(self, names: Iterable[str], caller: Any, row_of: Callable[[Service], Model]) -> None:
        """`row_of` makes such a row, which says what may be done with it."""
        self._caller = caller
        self._row_of = row_of
        self._known = access.visible(caller, Service.objects.all()).in_bulk(list(names), field_name="name")
        self._ready: dict[str, Service] = {}

    def named(self, name: str) -> Service:
        """The service, in which the caller may write. Raises as `service_named` and `access.require_write` do."""
        if name not in self._ready:
            self._ready[name] = self._allowed(self._known[name]) if name in self._known else self._made(name)
        return self._ready[name]

    def _made(self, name: str) -> Service:
        with change():  # what was made for somebody who may not write in it is not kept
            return self._allowed(new_service(name, self._caller))

    def _allowed(self, service: Service) -> Service:
        access.require_write(self._caller, self._row_of(service))
        return service
