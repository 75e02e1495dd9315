"""Reads settings from the environment and fails loudly, naming the variable and what it should hold.

An env file only fills in what the environment leaves open, so a variable set by the operator always wins.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import environ
from django.core.exceptions import ImproperlyConfigured

from proxy.options import GatewayOptions, LimitFallback
from proxy.transport.target_guard import TargetGuard

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off", ""})
ORIGIN = re.compile(r"\*|https?://[^/\s?#@]+")
ZERO_HAS_A_MEANING = frozenset(
    {"max_body_bytes", "keep_alive_timeout_seconds", "upstream_queue_size", "upstream_idle_seconds", "drain_seconds"}
    | {"retry_budget_percent", "retry_budget_floor", "otel_sample_ratio", "cache_max_entry_bytes"}
)
"""Options of the data plane that may be zero. Any other would refuse every request, or never wait at all."""
NETWORKS = frozenset({"trusted_proxies", "jwks_private_networks"})
SHORTEST_SECONDS = 0.001


class Environment:
    """Typed access to variables. Every method raises `ImproperlyConfigured` for a value it cannot read."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables

    @classmethod
    def load(cls, base_dir: Path) -> Environment:
        """The process environment, over the file named by GATEWAY_ENV_FILE or `.env` beside manage.py.

        Raises `ImproperlyConfigured` when a file that was named is not there.
        """
        named = os.environ.get("GATEWAY_ENV_FILE")
        path = Path(named) if named else base_dir / ".env"
        if path.is_file():
            environ.Env.read_env(path)
        elif named:
            raise ImproperlyConfigured(f"GATEWAY_ENV_FILE: there is no file {named!r}")
        return cls(os.environ)

    def text(self, name: str, default: str = "") -> str:
        """The variable as it stands."""
        return self.variables.get(name, default)

    def flag(self, name: str, default: bool = False) -> bool:
        """true/false, yes/no, on/off, 1/0."""
        text = self.variables.get(name)
        if text is None:
            return default
        if text.lower() in TRUE:
            return True
        if text.lower() in FALSE:
            return False
        raise _wrong(name, text, "true or false")

    def integer(self, name: str, default: int, lowest: int = 0, highest: int = 2**53) -> int:
        """A whole number within the bounds."""
        text = self.variables.get(name)
        if text is None:
            return default
        if re.fullmatch(r"-?[0-9]{1,16}", text) and lowest <= int(text) <= highest:
            return int(text)
        raise _wrong(name, text, f"a whole number from {lowest} to {highest}")

    def number(self, name: str, default: float, lowest: float = 0.0) -> float:
        """A decimal number, not below `lowest`."""
        text = self.variables.get(name)
        if text is None:
            return default
        if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) and float(text) >= lowest:
            return float(text)
        raise _wrong(name, text, f"a number not below {lowest}")

    def words(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list separated by commas."""
        text = self.variables.get(name)
        if text is None:
            return default
        return tuple(word.strip() for word in text.split(",") if word.strip())

    def origins(self, name: str) -> tuple[str, ...]:
        """Origins of pages separated by commas, or `*`."""
        for word in self.words(name):
            if not ORIGIN.fullmatch(word):
                raise _wrong(name, word, "an origin such as https://console.example.com, without a path")
        return self.words(name)

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """One of `choices`; the first when it is not set."""
        text = self.text(name, choices[0])
        if text not in choices:
            raise _wrong(name, text, f"one of {', '.join(choices)}")
        return text

    def time_zone(self, name: str, default: str) -> str:
        """A name of the IANA database."""
        text = self.text(name, default)
        try:
            ZoneInfo(text)
        except (ValueError, OSError, KeyError):
            raise _wrong(name, text, "a time zone such as Asia/Taipei") from None
        return text

    def networks(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Addresses or networks separated by commas."""
        for word in self.words(name):
            try:
                ipaddress.ip_network(word)
            except ValueError:
                raise _wrong(name, word, "an address or a network such as 10.0.0.0/8") from None
        return self.words(name, default)

    def targets(self, name: str) -> tuple[str, ...]:
        """Addresses, networks and ADDRESS:PORT separated by commas."""
        for word in self.words(name):
            try:
                TargetGuard([word])
            except ValueError:
                raise _wrong(name, word, "a network such as 10.0.0.0/8 or an address with a port") from None
        return self.words(name)


def _wrong(name: str, text: str, wanted: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name}: {text!r} is not {wanted}")


def gateway_options(env: Environment) -> GatewayOptions:
    """The data plane's options: GATEWAY_<FIELD> for every field of `GatewayOptions`, its own default otherwise."""
    values = {}
    for field in dataclasses.fields(GatewayOptions):
        name = f"GATEWAY_{field.name.upper()}"
        if name in env.variables:
            values[field.name] = _option(env, name, field)
    return GatewayOptions(**values)


def _option(env: Environment, name: str, field: dataclasses.Field[Any]) -> Any:
    kind = str(field.type)
    if field.name == "limit_fallback":
        return env.choice(name, get_args(LimitFallback))
    if field.name in NETWORKS:
        return env.networks(name)
    if field.name == "denied_targets":
        return env.targets(name)
    if kind == "bool":
        return env.flag(name)
    zero = field.name in ZERO_HAS_A_MEANING
    if kind == "float":
        return env.number(name, 0.0, 0.0 if zero else SHORTEST_SECONDS)
    if kind.startswith("int"):
        return None if "None" in kind and not env.text(name) else env.integer(name, 0, 0 if zero else 1)
    return env.words(name) if kind.startswith("tuple") else env.text(name)
