"""`manage.py loaddata`: Django's own, as one recorded change of the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.management.commands import loaddata
from django.core.serializers.base import DeserializedObject

from revisions.change import change
from revisions.models import ConfigurationModel
from revisions.recorder import Recorder


class Command(loaddata.Command):
    """Fixtures are stored past `Model.save`, so what they change is told to the recorder here."""

    recorder: Recorder

    def loaddata(self, fixture_labels: Sequence[str]) -> None:
        """All fixtures as one revision."""
        with change(actor="loaddata", reason=" ".join(fixture_labels)) as current:
            self.recorder = current.recorder
            super().loaddata(fixture_labels)

    def save_obj(self, obj: DeserializedObject) -> bool:
        """As Django's."""
        row: Any = obj.object
        if not isinstance(row, ConfigurationModel):
            return super().save_obj(obj)
        self.recorder.read(type(row)._base_manager.filter(pk=row.pk))
        saved = super().save_obj(obj)
        if saved:
            self.recorder.add([row])
        return saved
