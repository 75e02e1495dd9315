"""Rules of `path_pattern` and `target_url` (G-105, G-106)."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from routing.expression import Expression
from routing.reserved import is_reserved

PATH_TEXT = re.compile(r"/[A-Za-z0-9\-._~!$&'()*+,=:@%/]*")
"""RFC 3986 §3.3 without `;`: path parameters are not matched, so a pattern cannot ask for them."""

ESCAPE = re.compile(r"%(.{0,2})")
UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
LONGEST_REGEX = 500


def path_kind_of(pattern: str) -> str:
    """The kind of a pattern that does not name one: no `*` exact, one `*` at the end prefix, else pattern."""
    if "*" not in pattern:
        return "exact"
    return "prefix" if pattern.count("*") == 1 and pattern.endswith("/*") else "pattern"


def star_count(pattern: str, kind: str) -> int:
    """How many pieces of the path a pattern captures for the target's `*`."""
    if kind == "prefix":
        return 1
    return pattern.count("*") if kind == "pattern" else 0


def check_pattern(pattern: str, kind: str) -> None:
    """Raises `ValidationError` for a pattern that could not match, or must not."""
    if not pattern.startswith("/"):
        raise ValidationError(_("Must begin with “/”."), code="path")
    if kind == "regex":
        check_regex(pattern)
    else:
        check_path_text(pattern)
        _check_stars(pattern, kind)
    if is_reserved(pattern.encode("utf-8", "surrogateescape")):
        raise ValidationError(_("This path belongs to the gateway itself."), code="reserved")


def check_regex(text: str) -> None:
    """Raises `ValidationError` when the expression does not compile or is not ASCII."""
    try:
        text.encode("ascii")
        Expression(text)
    except UnicodeEncodeError:
        raise ValidationError(_("Only ASCII is allowed; percent-encode other characters."), code="regex") from None
    except ValueError as error:
        raise ValidationError(_("Not a regular expression: %(why)s"), code="regex", params={"why": error}) from None


@lru_cache(maxsize=1024)
def check_path_text(path: str) -> None:
    """Raises `ValidationError` unless the path has the canonical form requests are matched in (edge rule P1)."""
    if not PATH_TEXT.fullmatch(path):
        raise ValidationError(_("Holds characters a path cannot have; percent-encode them."), code="path")
    for found in ESCAPE.findall(path):
        if not re.fullmatch(r"[0-9A-F]{2}", found):
            raise ValidationError(
                _("A percent sign must be followed by two hexadecimal digits in upper case."), code="path"
            )
        byte = int(found, 16)
        if byte in UNRESERVED or byte < 0x20 or byte == 0x7F:
            raise ValidationError(
                _("“%%%(escape)s” must not be escaped, or not be there at all."), code="path", params={"escape": found}
            )
    segments = path.split("/")[1:]
    if "." in segments or ".." in segments or "" in segments[:-1]:
        raise ValidationError(_("“.”, “..” and empty segments are not allowed."), code="path")


def _check_stars(pattern: str, kind: str) -> None:
    segments = pattern.split("/")[1:]
    if any("*" in segment and segment != "*" for segment in segments):
        raise ValidationError(_("“*” stands for a whole segment only."), code="star")
    if kind == "exact" and "*" in pattern:
        raise ValidationError(_("An exact path holds no “*”."), code="star")
    if kind == "prefix" and "*" in segments[:-1]:
        raise ValidationError(_("A prefix holds “*” only at its end."), code="star")


def check_target(target: str, stars: int) -> None:
    """Raises `ValidationError` unless the target is a path, or a URL of a host on GATEWAY_TARGET_HOSTS."""
    path = target
    if not target.startswith("/") or target.startswith("//"):
        path = _allowed_url(target).path or "/"
    if "?" in target or "#" in target:
        raise ValidationError(_("A target holds no query and no fragment."), code="target")
    check_path_text(path)
    if path.count("*") > stars:
        raise ValidationError(
            _("Has %(target)d “*”, but the path pattern captures only %(pattern)d."),
            code="star",
            params={"target": path.count("*"), "pattern": stars},
        )


def _allowed_url(target: str) -> SplitResult:
    refusal = ValidationError(
        _("Must be a path that begins with “/”, or a URL of a host on GATEWAY_TARGET_HOSTS."), code="target"
    )
    try:
        parts = urlsplit(target)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise refusal from None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        raise refusal
    allowed = {name.lower() for name in settings.GATEWAY_TARGET_HOSTS}
    if host not in allowed and parts.netloc.lower() not in allowed:
        raise refusal
    return parts
