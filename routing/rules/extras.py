"""Rules of rewrite; those of labels are everybody's."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from routing.expression import Expression
from routing.rules.paths import check_regex
from services.validators import check_labels

__all__ = ["check_labels", "check_rewrite"]
NOT_A_REWRITE = _("Must be an object of regex and replacement.")


def check_rewrite(value: Any) -> None:
    """None, or {regex, replacement} where the replacement names only groups the expression has."""
    if value is None:
        return
    if not isinstance(value, dict) or value.keys() != {"regex", "replacement"}:
        raise ValidationError(NOT_A_REWRITE)
    if not all(isinstance(text, str) and len(text) <= 500 for text in value.values()):
        raise ValidationError(_("regex and replacement are strings of at most 500 characters."))
    check_regex(value["regex"])
    try:
        Expression(value["regex"]).replacing(value["replacement"])
    except ValueError as error:
        raise ValidationError(_("Not a replacement: %(why)s"), params={"why": error}) from None
