"""Rules for single values, shared by models, serializers and console."""

from __future__ import annotations

import unicodedata
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from permissions.identity import is_list_name, is_plain_name
from permissions.password_hash import MAX_LENGTH, MIN_LENGTH
from services.plugins import check_plugins, known

MAX_LISTED = 100


def validate_name(value: str) -> None:
    """A name that may be joined with others in a header: a permission code, a role."""
    if not is_list_name(value):
        raise ValidationError(_("Only printable characters, no comma, no blanks at the ends."))


def validate_subject(value: str) -> None:
    """A user's name as a token may carry it; empty where a row allows none."""
    if value and not is_plain_name(value):
        raise ValidationError(_("Only printable characters, no blanks at the ends."))


def validate_password(value: str) -> None:
    """A password of basic authentication; RFC 7617 section 2 forbids control characters."""
    if not MIN_LENGTH <= len(value) <= MAX_LENGTH:
        limits = {"least": MIN_LENGTH, "most": MAX_LENGTH}
        raise ValidationError(_("A password has %(least)d to %(most)d characters."), params=limits)
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
        raise ValidationError(_("Control characters are not allowed."))


def validate_text_list(value: Any) -> None:
    """A list of at most 100 different short texts."""
    if not isinstance(value, list) or not all(isinstance(text, str) and is_plain_name(text) for text in value):
        raise ValidationError(_("Must be a list of non-empty strings."))
    if len(value) > MAX_LISTED or len(set(value)) != len(value):
        raise ValidationError(_("At most 100 entries, none twice."))


def validate_consumer_plugins(value: Any) -> None:
    """What every binding must keep, and no plugin that has done its work before a consumer is known."""
    check_plugins(value)
    early = [name for name in value if not known()[name].serves_consumers]
    if early:
        names = ", ".join(early)
        text = _("Not for a consumer, because it is not known yet who is asking: %(names)s. Bind it to a route.")
        raise ValidationError(text, params={"names": names})


def validate_key_address(value: str) -> None:
    """An http or https address without user name or fragment, from which keys may be fetched."""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if (
        not usable
        or "@" in parts.netloc
        or parts.fragment
        or not value.isascii()
        or not value.isprintable()
        or " " in value
    ):
        raise ValidationError(_("Must be an http or https address without user name and fragment."))
