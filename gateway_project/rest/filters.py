"""Query-string filters that refuse what they do not understand instead of answering with everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters.constants import EMPTY_VALUES
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema_field
from rest_framework.fields import CharField
from rest_framework.request import Request

from gateway_project.rest.errors import field_errors
from gateway_project.rest.parser import printable

BOOLEANS = {"true": True, "True": True, "1": True, "false": False, "False": False, "0": False}


@extend_schema_field({"type": "string", "enum": list(BOOLEANS)})
class BooleanTextFilter(django_filters.TypedChoiceFilter):
    """`true` or `false`; anything else is refused, where django-filter's own would ignore it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("choices", [(text, text) for text in BOOLEANS])
        kwargs.setdefault("coerce", BOOLEANS.__getitem__)
        super().__init__(**kwargs)


class SearchFilter(django_filters.CharFilter):
    """Rows that hold the text in one of these columns, whatever its letter case."""

    def __init__(self, *columns: str) -> None:
        super().__init__(max_length=200)
        self.columns = columns

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """All rows for an empty text."""
        wanted = Q()
        for column in self.columns if value else ():
            wanted |= Q(**{f"{column}__icontains": value})
        return qs.filter(wanted)


class ExpiredFilter(BooleanTextFilter):
    """Whether the moment in `expires_at` has come; a row without one never expires."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """All rows where nothing is asked."""
        has_ended = Q(expires_at__lte=timezone.now())
        return qs if value in EMPTY_VALUES else qs.filter(has_ended) if value else qs.exclude(has_ended)


class StrictFilterBackend(DjangoFilterBackend):
    """Refuses a query parameter nobody reads, by name: a mistyped filter would otherwise list everything."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """The filtered rows. Raises `BadRequest` or `ValidationError` (both F40000)."""
        filterset_class = self.get_filterset_class(view, queryset)
        known = set(filterset_class.base_filters) if filterset_class else set()
        refuse_unknown_parameters(request, known | set(getattr(view, "query_parameters", ("page", "size"))))
        refuse_empty_choices(request, filterset_class.base_filters if filterset_class else {})
        filtered: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return filtered


def refuse_empty_choices(request: Request, filters: Mapping[str, Any]) -> None:
    """Raises `BadRequest` naming every parameter that is one of several words, or a moment, and is sent without one."""
    never = [
        name
        for name, one in filters.items()
        if "choices" in one.extra or isinstance(one, django_filters.IsoDateTimeFilter)
    ]
    empty = [name for name in never if request.query_params.get(name) == ""]
    if empty:
        raise field_errors(dict.fromkeys(empty, CharField.default_error_messages["blank"]))


def query_flag(request: Request, name: str) -> bool:
    """A query parameter that is `true` or `false`, false if it is not there. Raises `BadRequest` for anything else."""
    text = request.query_params.get(name, "false")
    if text not in BOOLEANS:
        raise field_errors({name: _("Must be true or false.")})
    return BOOLEANS[text]


def refuse_unknown_parameters(request: Request, known: set[str]) -> None:
    """Raises `BadRequest` naming every query parameter outside `known`; `format` is DRF's own."""
    unknown = set(request.query_params) - known - {"format"}
    if unknown:
        raise field_errors({printable(name): _("Unknown parameter.") for name in sorted(unknown)})
