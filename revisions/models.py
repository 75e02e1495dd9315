"""The revision counter, the record of each change, and the base of every model that is configuration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from revisions.change import change

RowT = TypeVar("RowT", bound=models.Model)


class ConfigurationState(models.Model):
    """One row: the number of the newest revision. Locking it puts changes in order."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    revision = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("configuration state")
        verbose_name_plural = _("configuration state")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="revisions_state_is_one_row")]

    def __str__(self) -> str:
        return str(self.revision)


class Revision(models.Model):
    """Who changed the configuration, when and why (G-500)."""

    number = models.BigIntegerField(_("number"), primary_key=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True, db_index=True)
    actor = models.CharField(_("actor"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    request_id = models.CharField(_("request id"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ["-number"]

    def __str__(self) -> str:
        return str(self.number)


class ConfigurationQuerySet(models.QuerySet[RowT]):
    """A QuerySet whose bulk writes raise the revision as single saves do."""

    def update(self, **kwargs: Any) -> int:
        """As Django's; outside a `change()` block it is a change of its own."""
        with change() as current:
            count = super().update(**kwargs)
            current.touch(count)
        return count

    def delete(self) -> tuple[int, dict[str, int]]:
        """As Django's."""
        with change() as current:
            count, by_model = super().delete()
            current.touch(count)
        return count, by_model

    def bulk_create(self, objs: Iterable[RowT], *args: Any, **kwargs: Any) -> list[RowT]:
        """As Django's."""
        with change() as current:
            created = super().bulk_create(objs, *args, **kwargs)
            current.touch(len(created))
        return created

    def bulk_update(self, objs: Iterable[RowT], fields: Iterable[str], *args: Any, **kwargs: Any) -> int:
        """As Django's."""
        with change() as current:
            count: int = super().bulk_update(objs, fields, *args, **kwargs)
            current.touch(count)
        return count

    # Django looks for these marks to keep them off, and on, related managers.
    delete.queryset_only = True  # type: ignore[attr-defined]
    delete.alters_data = True  # type: ignore[attr-defined]
    update.alters_data = True  # type: ignore[attr-defined]
    bulk_create.alters_data = True  # type: ignore[attr-defined]
    bulk_update.alters_data = True  # type: ignore[attr-defined]


ConfigurationManager = models.Manager.from_queryset(ConfigurationQuerySet)


class ConfigurationModel(models.Model):
    """Base of every model the snapshot is compiled from: no write of it goes unnumbered."""

    objects = ConfigurationManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """As Django's; raises the revision."""
        with change() as current:
            super().save(*args, **kwargs)
            current.touch(1)

    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """As Django's; raises the revision."""
        with change() as current:
            deleted = super().delete(using=using, keep_parents=keep_parents)
            current.touch(deleted[0])
        return deleted
