"""Pages of a list: `page` from 1, `size` 1..100 (G-120); a page past the end is empty (G-122)."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request

from gateway_project.rest.errors import field_errors

DEFAULT_SIZE = 20
MAX_SIZE = 100
MAX_PAGE = 10**15
"""Far beyond any table, and its offset still fits a 64-bit integer."""


class EnvelopePagination(BasePagination):
    """Counts all matches, then reads one page."""

    total = 0
    parameters = ("page", "size")

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """The rows of the page asked for. Raises `BadRequest` naming a bad parameter."""
        page = query_integer(request, "page", default=1, lowest=1, highest=MAX_PAGE)
        size = query_integer(request, "size", default=DEFAULT_SIZE, lowest=1, highest=MAX_SIZE)
        self.total = queryset.count()
        start = (page - 1) * size
        return list(queryset[start : start + size]) if start < self.total else []

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The two parameters for the OpenAPI document."""
        return [
            _parameter("page", {"type": "integer", "minimum": 1, "default": 1}),
            _parameter("size", {"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": DEFAULT_SIZE}),
        ]


def _parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def query_integer(request: Request, name: str, *, default: int, lowest: int, highest: int) -> int:
    """An integer query parameter. Raises `BadRequest` naming it when it is no integer or out of range."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if re.fullmatch(r"-?[0-9]{1,18}", text) and lowest <= int(text) <= highest:
        return int(text)
    raise field_errors(
        {name: _("Must be an integer from %(lowest)d to %(highest)d.") % {"lowest": lowest, "highest": highest}}
    )
