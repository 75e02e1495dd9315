"""Rules for single values of services and instances. Each raises `ValidationError`."""

from __future__ import annotations

import ipaddress
import json
import re
import ssl
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

HOST_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
PATH = re.compile(r"/[!-\"$-~]*")
"""Printable ASCII from a slash on, without `#`."""

MAX_METADATA_BYTES = 16 * 1024
LONGEST_INTERVAL_SECONDS = 300
MOST_LABELS = 64
LABEL_KEY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,98}[A-Za-z0-9])?")
LONGEST_LABEL = 255


def plain_line(text: str) -> None:
    """Names are shown in headers and log lines, and typed into forms, which trim: one line, as it is anywhere."""
    if not text.isprintable():
        raise ValidationError(_("Control characters are not allowed."), code="control")
    if text != text.strip():
        raise ValidationError(_("Only printable characters, no blanks at the ends."), code="blanks")


def host_is_valid(text: str) -> None:
    """A host name, an IPv4 address, or an IPv6 address without brackets."""
    if is_address(text):
        return
    name = text.removesuffix(".")
    labels = name.split(".")
    if not name or not all(HOST_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise ValidationError(
            _("Must be a host name, an IPv4 address or an IPv6 address without brackets."), code="host"
        )


def is_address(text: str) -> bool:
    """Whether this is an IP address; one with a zone (`fe80::1%eth0`) is not for us."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def health_path(text: str) -> None:
    """A path with an optional query: the instance is the host."""
    if (text and not PATH.fullmatch(text)) or text.startswith("//"):
        raise ValidationError(_("Must be a path that begins with “/”."), code="path")


def health_interval(seconds: int) -> None:
    """5..300 seconds; GATEWAY_MIN_HEALTH_INTERVAL may lower the first to 1."""
    lowest = settings.GATEWAY_MIN_HEALTH_INTERVAL
    if not lowest <= seconds <= LONGEST_INTERVAL_SECONDS:
        limits = {"lowest": lowest, "highest": LONGEST_INTERVAL_SECONDS}
        raise ValidationError(_("Must be an integer from %(lowest)d to %(highest)d."), code="range", params=limits)


def tls_server_name(text: str) -> None:
    """A name that can be sent as SNI and looked for in a certificate (RFC 6066 section 3), or an address."""
    if text and not is_address(text) and not all(HOST_LABEL.fullmatch(label) for label in text.split(".")):
        raise ValidationError(_("Must be a host name or an address."), code="host")


def pem_certificates(text: str) -> None:
    """Certificates in PEM that TLS can trust; empty for the system's."""
    if not text:
        return
    try:
        ssl.create_default_context(cadata=text)
    except (ssl.SSLError, ValueError, TypeError) as error:
        raise ValidationError(_("Not certificates in PEM: %(why)s"), code="pem", params={"why": error}) from None


def metadata_object(value: Any) -> None:
    """A JSON object of moderate size."""
    if not isinstance(value, dict):
        raise ValidationError(_("Must be an object."), code="object")
    if len(json.dumps(value)) > MAX_METADATA_BYTES:
        raise ValidationError(_("Must not exceed %(size)d bytes."), code="size", params={"size": MAX_METADATA_BYTES})


def check_labels(value: Any) -> None:
    """An object from label to text, without control characters: labels stand in lists, files and log lines."""
    if not isinstance(value, dict) or len(value) > MOST_LABELS:
        raise ValidationError(_("Must be an object of at most %(most)d labels."), params={"most": MOST_LABELS})
    for key, text in value.items():
        if not LABEL_KEY.fullmatch(key):
            raise ValidationError(_("“%(value)s” is not a valid name."), params={"value": key[:100]})
        if not isinstance(text, str) or len(text) > LONGEST_LABEL:
            told = _("“%(name)s”: the value of a label is a string of at most %(most)d characters.")
            raise ValidationError(told, params={"name": key, "most": LONGEST_LABEL})
        if not text.isprintable():
            raise ValidationError(_("“%(name)s”: control characters are not allowed."), params={"name": key})
