"""A time as a number of seconds or as text such as `1m30s`."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field

from gateway_project.rest.fields import StrictNumberField

UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
PART = r"[0-9]{1,9}(?:\.[0-9]{1,6})?(?:h|ms|m|s)"
PATTERN = f"^(?:{PART}){{1,4}}$"


@extend_schema_field({"oneOf": [{"type": "number", "format": "double"}, {"type": "string", "pattern": PATTERN}]})
class DurationField(StrictNumberField):
    """Seconds. As text, parts as Go's `time.ParseDuration` has them: `30s`, `1h30m`, `1.5s`, `500ms`."""

    default_error_messages = {"invalid": _("Must be a number of seconds or a time such as “30s”, “1m30s” or “500ms”.")}

    def to_internal_value(self, data: Any) -> float:
        """In seconds. Raises `ValidationError`."""
        if isinstance(data, str) and re.fullmatch(PATTERN, data):
            parts = re.findall(r"([0-9.]+)([a-z]+)", data)
            return sum(float(number) * UNITS[unit] for number, unit in parts)
        return super().to_internal_value(data)
