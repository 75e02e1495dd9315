"""`python manage.py reseal_secrets`: everything sealed, anew under the key in force."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction

from revisions.sealed_fields import SealedJSONField, SealedTextField, UnreadableObject, UnreadableText

CHUNK = 500
REMEDY = "is not given: put it into GATEWAY_SECRET_KEY_FALLBACKS"


class Command(BaseCommand):
    """The step between a new GATEWAY_SECRET_KEY and forgetting the old one."""

    help = "Seal every stored secret anew with GATEWAY_SECRET_KEY; keys of GATEWAY_SECRET_KEY_FALLBACKS open them."

    def handle(self, *args: Any, **options: Any) -> None:
        """All of it or nothing. Raises CommandError when something cannot be opened: then nothing is changed."""
        rows = unreadable = 0
        with transaction.atomic():
            for model in apps.get_models():
                fields = [field for field in model._meta.concrete_fields if is_sealed_field(field)]
                if fields:
                    done, failed = _reseal(model, fields)
                    rows, unreadable = rows + done, unreadable + failed
            if unreadable:
                raise CommandError(f"{unreadable} rows were sealed under a key that {REMEDY}")
        self.stdout.write(f"{rows} rows are sealed with the key in force.")


def is_sealed_field(field: models.Field[Any, Any]) -> bool:
    """Whether a column's values are sealed."""
    return isinstance(field, (SealedTextField, SealedJSONField))


def _reseal(model: type[models.Model], fields: list[models.Field[Any, Any]]) -> tuple[int, int]:
    """Rows sealed, and rows that cannot be opened. Past the models' managers: the configuration does not change."""
    names = [field.attname for field in fields]
    done = failed = 0
    every: models.QuerySet[Any] = models.QuerySet(model)
    for row in every.select_for_update(of=("self",)).only("pk", *names).order_by("pk").iterator(chunk_size=CHUNK):
        values = {name: getattr(row, name) for name in names}
        if any(map(_is_unreadable, values.values())):
            failed += 1
        else:
            models.QuerySet(model).filter(pk=row.pk).update(**values)
            done += 1
    return done, failed


def _is_unreadable(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_is_unreadable, value))
    if isinstance(value, (UnreadableObject, UnreadableText)):
        return True
    return isinstance(value, dict) and any(map(_is_unreadable, value.values()))
