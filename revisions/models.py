"""The revision counter, the record of each change, and the base of every model that is configuration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, TypeVar

from django.db import NotSupportedError, models
from django.utils.translation import gettext_lazy as _

from revisions.change import change
from revisions.recorded import Recorded, kind_of
from revisions.recorder import RowChange
from revisions.sealed_fields import SealedJSONField

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
    recorded = models.BooleanField(default=False, editable=False)
    """Whether its items are here. They are not for revisions older than this table, and once they have been pruned."""

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ["-number"]

    def __str__(self) -> str:
        return str(self.number)


class Action(models.TextChoices):
    """What became of an object."""

    CREATE = "create", _("created")
    UPDATE = "update", _("changed")
    DELETE = "delete", _("deleted")


SECRET_MEMBERS = frozenset({"secret", "plugins", "config", "password", "key", "digest"})
"""Columns and members of changes that may hold a secret, of whatever kind of object."""


class RevisionItem(models.Model):
    """One row that a revision changed: the whole of it before and after, so that either can be brought back."""

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="items", verbose_name=_("revision"))
    kind = models.CharField(_("kind"), max_length=50)
    object_id = models.CharField(_("id"), max_length=64)
    name = models.CharField(_("name"), max_length=700)
    """What people call the object; the row itself may be gone."""
    action = models.CharField(_("action"), max_length=6, choices=Action.choices)
    service = models.ForeignKey(
        "services.Service",
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        verbose_name=_("service"),
    )
    """The service the object belongs to, which decides who may see the item; it outlives the service."""
    before = SealedJSONField(_("before"), null=True, members=SECRET_MEMBERS)
    after = SealedJSONField(_("after"), null=True, members=SECRET_MEMBERS)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ["id"]
        indexes = [models.Index(fields=["kind", "object_id", "revision"], name="revisions_item_of_object")]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.kind} {self.name}"

    @classmethod
    def of(cls, revision: Revision, row: RowChange) -> RevisionItem:
        """The record of what became of a row; not stored yet."""
        return cls(
            revision=revision,
            kind=kind_of(row.model),
            object_id=str(row.pk),
            name=row.known.name[:700],
            action=row.action,
            service_id=row.known.service_id,
            before=row.before.document if row.before else None,
            after=row.after.document if row.after else None,
        )


class ConfigurationQuerySet(models.QuerySet[RowT]):
    """A QuerySet whose bulk writes raise the revision, and are recorded, as single saves are."""

    def update(self, **kwargs: Any) -> int:
        """As Django's; outside a `change()` block it is a change of its own."""
        with change() as current:
            current.recorder.read(self)
            return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        """As Django's."""
        with change() as current:
            current.recorder.read_whole(self)
            return super().delete()

    def bulk_create(self, objs: Iterable[RowT], *args: Any, **kwargs: Any) -> list[RowT]:
        """As Django's, but nothing may be left out or overwritten silently: look first, inside the change.

        Raises `NotSupportedError` for `ignore_conflicts` and `update_conflicts`.
        """
        if kwargs.get("ignore_conflicts") or kwargs.get("update_conflicts"):
            raise NotSupportedError("A change knows every row it writes: leave out, or update, those that exist.")
        with change() as current:
            created = super().bulk_create(objs, *args, **kwargs)
            current.recorder.add(created)
            return created

    def get_by_natural_key(self, *values: Any) -> RowT:
        """The row of this natural key; Django's `loaddata` asks for it. Raises `DoesNotExist`."""
        names: tuple[str, ...] = self.model.natural_fields  # type: ignore[attr-defined]  # NaturallyKeyed
        return self.get(**dict(zip(names, values, strict=True)))

    # Django looks for these marks to keep them off, and on, related managers. bulk_update goes through update.
    delete.queryset_only = True  # type: ignore[attr-defined]
    delete.alters_data = True  # type: ignore[attr-defined]
    update.alters_data = True  # type: ignore[attr-defined]
    bulk_create.alters_data = True  # type: ignore[attr-defined]


ConfigurationManager = models.Manager.from_queryset(ConfigurationQuerySet)


class ConfigurationModel(models.Model):
    """Base of every model the snapshot is compiled from: no write of it goes unnumbered or unrecorded."""

    recorded: ClassVar[Recorded] = Recorded()

    objects = ConfigurationManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """As Django's; raises the revision."""
        with change() as current:
            if not self._is_inserted(**kwargs):
                current.recorder.read_row(self)
            super().save(*args, **kwargs)
            current.recorder.add([self])

    def _is_inserted(self, *, force_insert: Any = False, **_options: Any) -> bool:
        """Whether Django's save will not look for the row: it cannot be there yet."""
        return bool(force_insert) or (self._state.adding and (self.pk is None or self._meta.pk.has_default()))

    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """As Django's; raises the revision."""
        with change() as current:
            current.recorder.read_whole(type(self)._base_manager.filter(pk=self.pk))
            return super().delete(using=using, keep_parents=keep_parents)

    def get_constraints(self) -> list[tuple[type[models.Model], Sequence[models.BaseConstraint]]]:
        """Those that only the database can judge.

        Check constraints are left out: each is one more query, and validators or `clean` say the same for every one
        of them. The database holds them against whoever goes past.
        """
        return [
            (model, [one for one in constraints if not isinstance(one, models.CheckConstraint)])
            for model, constraints in super().get_constraints()
        ]
