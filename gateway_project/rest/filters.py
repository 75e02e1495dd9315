"""Query-string filters that refuse what they do not understand instead of answering with everything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any, TypeVar

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTransform
from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters.constants import EMPTY_VALUES
from django_filters.fields import BaseCSVField, IsoDateTimeField
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


class MomentField(IsoDateTimeField):
    """A moment that is one in UTC too: the databases keep it so, and neither knows a year 0 or 10000."""

    def clean(self, value: Any) -> Any:
        """In UTC, None for nothing. Raises `ValidationError`."""
        found = super().clean(value) if str(value or "").isascii() else self.to_python("-")
        try:
            return found and found.astimezone(UTC)
        except OverflowError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


class MomentFilter(django_filters.IsoDateTimeFilter):
    """`YYYY-MM-DD HH:MM:SS`, or with a `T` and an offset."""

    field_class = MomentField


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


class OrderingField(BaseCSVField):
    """Names with commas between; nothing between two commas is no name."""

    def clean(self, value: Any) -> Any:
        """The names. Raises `ValidationError`."""
        if value and "" in value:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": ""})
        return super().clean(value)


class TotalOrderingFilter(django_filters.OrderingFilter):
    """Rows that are alike in what is asked for come by their ids: no page repeats or leaves out one of another."""

    base_field_class = OrderingField

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """The usual order of the list where nothing is asked for."""
        return qs if value in EMPTY_VALUES else qs.order_by(*map(self.get_ordering_value, value), "pk")


class ExpiredFilter(BooleanTextFilter):
    """Whether the moment in `expires_at` has come; a row without one never expires."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """All rows where nothing is asked."""
        has_ended = Q(expires_at__lte=timezone.now())
        return qs if value in EMPTY_VALUES else qs.filter(has_ended) if value else qs.exclude(has_ended)


RowsT = TypeVar("RowsT", bound=QuerySet[Any])


def labelled(rows: RowsT, wanted: str) -> RowsT:
    """Rows whose `labels` hold `name`, or `name=value`."""
    key, separator, text = wanted.partition("=")
    if not separator:
        return rows.filter(labels__has_key=key)
    return rows.annotate(label_text=KeyTransform(key, "labels")).filter(label_text=text)


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
        if "choices" in one.extra or isinstance(one, django_filters.DateTimeFilter)
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
