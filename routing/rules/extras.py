"""Rules of labels and rewrite."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from routing.rules.paths import check_regex

MOST_LABELS = 64
LABEL_KEY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,98}[A-Za-z0-9])?")
LONGEST_LABEL = 255
NOT_A_REWRITE = _("Must be an object of regex and replacement.")


def check_labels(value: Any) -> None:
    """An object from label to text."""
    if not isinstance(value, dict) or len(value) > MOST_LABELS:
        raise ValidationError(_("Must be an object of at most %(most)d labels."), params={"most": MOST_LABELS})
    for key, text in value.items():
        if not LABEL_KEY.fullmatch(key):
            raise ValidationError(_("“%(value)s” is not a valid name."), params={"value": key[:100]})
        if not isinstance(text, str) or len(text) > LONGEST_LABEL:
            raise ValidationError(_("A label's value is a string of at most 255 characters."))


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
        re.compile(value["regex"].encode("ascii")).sub(value["replacement"].encode("ascii"), b"")
    except (re.error, IndexError, UnicodeEncodeError) as error:
        raise ValidationError(_("Not a replacement: %(why)s"), params={"why": error}) from None
