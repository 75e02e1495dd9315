"""Rules of what a route asks of a request beside its path: methods, hosts, headers, query, client address."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from routing.rules.paths import check_regex
from services.validators import HOST_LABEL

METHOD = re.compile(r"[A-Z][A-Z-]{0,19}")
TUNNELS = frozenset({"CONNECT", "TRACE"})
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}")
"""RFC 9110 §5.6.2."""
OPERATORS = ("equals", "not_equals", "matches", "present", "absent")
CONDITION_KEYS = {"name", "operator", "value"}
MOST = 50
"""Entries in one list."""
LONGEST_VALUE = 500


def check_methods(value: Any) -> None:
    """A list of different method names in upper case; empty for any."""
    for method in _strings(value):
        if not METHOD.fullmatch(method) or method in TUNNELS:
            raise ValidationError(_("“%(value)s” is not a method a route can have."), params={"value": method[:100]})


def check_hosts(value: Any) -> None:
    """A list of different host names, exact or `*.` and a name; no ports."""
    for host in _strings(value):
        labels = host.lower().removeprefix("*.").split(".")
        if len(host) > 255 or not all(HOST_LABEL.fullmatch(label) for label in labels):
            raise ValidationError(
                _("“%(value)s” is not a host name such as api.example.com or *.example.com."),
                params={"value": host[:100]},
            )


def check_cidrs(value: Any) -> None:
    """A list of different addresses or networks."""
    for text in _strings(value):
        try:
            ipaddress.ip_network(text)
        except ValueError:
            raise ValidationError(
                _("“%(value)s” is not an address or a network such as 10.0.0.0/8."), params={"value": text[:100]}
            ) from None


def check_header_conditions(value: Any) -> None:
    """Conditions on headers; names in lower case are what the data plane compares with."""
    _check_conditions(value, lambda name: bool(TOKEN.fullmatch(name)))


def check_query_conditions(value: Any) -> None:
    """Conditions on query parameters."""
    _check_conditions(value, lambda name: 0 < len(name) <= 100 and name.isprintable())


def _check_conditions(value: Any, name_is_valid: Callable[[str], bool]) -> None:
    if not isinstance(value, list) or len(value) > MOST:
        raise ValidationError(_("Must be a list of at most %(most)d entries."), params={"most": MOST})
    for condition in value:
        _check_condition(condition, name_is_valid)


def _check_condition(condition: Any, name_is_valid: Callable[[str], bool]) -> None:
    if not isinstance(condition, dict) or not {"name"} <= condition.keys() <= CONDITION_KEYS:
        raise ValidationError(_("A condition is an object of name, operator and value."))
    name, operator = condition["name"], condition.get("operator", "equals")
    text = condition.get("value", "")
    if not isinstance(name, str) or not name_is_valid(name):
        raise ValidationError(_("“%(value)s” is not a valid name."), params={"value": str(name)[:100]})
    if operator not in OPERATORS:
        raise ValidationError(
            _("“%(value)s” is not one of: %(choices)s."),
            params={"value": str(operator)[:100], "choices": ", ".join(OPERATORS)},
        )
    if not isinstance(text, str) or len(text) > LONGEST_VALUE:
        raise ValidationError(_("A condition's value is a string of at most 500 characters."))
    if operator == "matches":
        check_regex(text)
    if operator in ("present", "absent") and text:
        raise ValidationError(_("“%(value)s” takes no value."), params={"value": operator})


def _strings(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValidationError(_("Must be a list of strings."))
    if len(value) > MOST:
        raise ValidationError(_("Must be a list of at most %(most)d entries."), params={"most": MOST})
    if len({item.lower() for item in value}) != len(value):
        raise ValidationError(_("An entry is given more than once."))
    return value
