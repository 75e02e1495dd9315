"""The console keeps to the same rules as the API: what belongs to another team is neither listed, offered nor told.

Django's permissions say which pages a person may open. Rows that belong to services follow `access.visible` and
`access.require_write` besides; others are seen by who has Django's permission, and changed by administrators.
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin import RelatedFieldListFilter
from django.core.exceptions import FieldDoesNotExist, PermissionDenied, ValidationError
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest
from unfold.admin import StackedInline, TabularInline

from gateway_project.rest import access
from gateway_project.rest.conflicts import as_told
from gateway_project.rest.errors import ApiError

MOST_CHOICES = 50
"""Related rows that a filter offers. Of more it shows the one that is chosen; the search finds the others by name."""


class VisibleRelatedFilter(RelatedFieldListFilter):
    """Offers only related rows that the person may see."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        """As Django's, as long as somebody may read them."""
        seen = access.visible(request.user, field.related_model._default_manager.all())
        ordered = seen.order_by(*self.field_admin_ordering(field, request, model_admin))
        offered = list(ordered[: MOST_CHOICES + 1])
        if len(offered) > MOST_CHOICES:
            offered = list(ordered.filter(pk__in=_keys(seen, self.lookup_val)))
        return [(row.pk, str(row)) for row in offered]

    def has_output(self) -> bool:
        """Also with a single row, where that is chosen: so it can be taken back."""
        return bool(self.lookup_val) or super().has_output()


def _keys(rows: QuerySet[Any], texts: Any) -> list[Any]:
    """The keys among these texts of an address; the last one of each counts for Django."""
    found = []
    for text in texts if isinstance(texts, list) else [texts]:
        try:
            found.append(rows.model._meta.pk.to_python(text))
        except ValidationError:
            continue
    return [key for key in found if key is not None]


class VisibleChoices:
    """Related rows that a form offers, and takes, are those that the person may see."""

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any] | None:
        """As Django's, which leaves None to mean every row."""
        found: QuerySet[Any] | None = super().get_field_queryset(db, db_field, request)  # type: ignore[misc]
        model = db_field.remote_field.model
        if not access.belongs_to_service(model):
            return found
        return access.visible(request.user, model._default_manager.all() if found is None else found)


class TeamInline(VisibleChoices):
    """Rows on the page of what they belong to: changed by who may change that."""

    def _may(self, request: HttpRequest, parent: Model | None) -> bool:
        return parent is None or access.may_write(request.user, parent)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Django's permission, and the parent's."""
        return bool(super().has_add_permission(request, obj)) and self._may(request, obj)  # type: ignore[misc]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Django's permission, and the parent's."""
        return bool(super().has_change_permission(request, obj)) and self._may(request, obj)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Django's permission, and the parent's."""
        return bool(super().has_delete_permission(request, obj)) and self._may(request, obj)  # type: ignore[misc]


class NamedCells:
    """The fields of a table's rows, which have no label of their own, say what they are (WCAG 2.2, 4.1.2)."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """As the admin's, with the name of the column."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None:
            widget = getattr(field.widget, "widget", field.widget)
            widget.attrs.setdefault("aria-label", str(field.label or db_field.verbose_name))
        return field


class TeamTabularInline(NamedCells, TeamInline, TabularInline):
    """Rows of a table."""


class TeamStackedInline(TeamInline, StackedInline):
    """A form each."""


class TeamPages(VisibleChoices):
    """The list and the pages of one model."""

    model: Any

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """What the person may see: the rest answers as what does not exist."""
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        return access.visible(request.user, rows) if access.belongs_to_service(self.model) else rows

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Django's permission, and of the row."""
        return bool(super().has_view_permission(request, obj)) and self._sees(request, obj)  # type: ignore[misc]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Django's permission, and to make rows of this model."""
        return bool(super().has_add_permission(request)) and self._may_create(request)  # type: ignore[misc]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Django's permission, and of the row."""
        return bool(super().has_change_permission(request, obj)) and self._may_write(request, obj)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Django's permission, and of the row."""
        return bool(super().has_delete_permission(request, obj)) and self._may_write(request, obj)  # type: ignore[misc]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Filters by related rows offer those that the person may see."""
        return [self._narrowed(one) for one in super().get_list_filter(request)]  # type: ignore[misc]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Of rows among which one is not the person's to delete, none is."""
        to_delete, counts, needed, protected = super().get_deleted_objects(objs, request)  # type: ignore[misc]
        if not all(self._may_write(request, row) for row in objs):
            needed.add(self.model._meta.verbose_name)
        return to_delete, counts, needed, protected

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A form that names a row in the way only to who may see it."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)  # type: ignore[misc]
        return type(form.__name__, (_Telling, form), {"caller": request.user})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Raises `PermissionDenied` where the row, as it is to be, belongs to what the person may not change."""
        if not access.may_write(request.user, obj):
            raise PermissionDenied
        super().save_model(request, obj, form, change)  # type: ignore[misc]

    def _narrowed(self, wanted: Any) -> Any:
        if not isinstance(wanted, str):
            return wanted
        try:
            column = self.model._meta.get_field(wanted)
        except FieldDoesNotExist:
            return wanted
        if isinstance(column, ForeignKey) and access.belongs_to_service(column.related_model):
            return (wanted, VisibleRelatedFilter)
        return wanted

    def _sees(self, request: HttpRequest, row: Any) -> bool:
        return row is None or not access.belongs_to_service(self.model) or access.sees(request.user, row)

    def _may_write(self, request: HttpRequest, row: Any) -> bool:
        """Of a model whose rows belong to no service, administrators change any, others none."""
        if row is None:
            return access.belongs_to_service(self.model) or access.is_administrator(request.user)
        return access.may_write(request.user, row)

    def _may_create(self, request: HttpRequest) -> bool:
        try:
            access.require_create(request.user, self.model)
        except ApiError:
            return False
        return True


class _Telling:
    """A form whose refusals are worded for one caller."""

    caller: Any = None

    def _update_errors(self, errors: ValidationError) -> None:
        super()._update_errors(as_told(errors, self.caller))  # type: ignore[misc]
