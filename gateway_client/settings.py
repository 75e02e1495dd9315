"""Which gateway, and who asks: options, then the environment, then the configuration file.

The file is TOML at `$GATEWAY_CLIENT_CONFIG`, else `$XDG_CONFIG_HOME/gateway/client.toml` (`~/.config/…`):

    url = "https://gateway.example"
    token = "…"

    [profiles.staging]
    url = "https://staging.example"
"""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gateway_client.errors import Misused

KEYS: dict[str, type | tuple[type, ...]] = {"url": str, "token": str, "timeout_seconds": (int, float)}


@dataclass(frozen=True, slots=True)
class Settings:
    """A gateway's address and a token for it."""

    url: str = "http://127.0.0.1:8080"
    token: str = ""
    timeout_seconds: float = 30.0
    """How long one answer may take."""


def settings_of(given: Mapping[str, Any], profile: str = "", environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force; `given` are the options of the command line, None where none was given.

    Raises `Misused`.
    """
    layers = [
        _from_file(_path(environment), profile),
        {"url": environment.get("GATEWAY_URL"), "token": environment.get("GATEWAY_TOKEN")},
        given,
    ]
    settings = Settings()
    for layer in layers:
        settings = replace(settings, **{name: value for name, value in layer.items() if value})
    if not settings.url.startswith(("http://", "https://")):
        raise Misused(f"{settings.url}: an address begins with http:// or https://")
    return replace(settings, url=settings.url.rstrip("/"))


def _path(environment: Mapping[str, str]) -> Path:
    if named := environment.get("GATEWAY_CLIENT_CONFIG"):
        if not Path(named).is_file():
            raise Misused(f"GATEWAY_CLIENT_CONFIG names {named}, which is no file")
        return Path(named)
    home = environment.get("XDG_CONFIG_HOME") or Path(environment.get("HOME", "~")).expanduser() / ".config"
    return Path(home) / "gateway" / "client.toml"


def _from_file(path: Path, profile: str) -> dict[str, Any]:
    document: dict[str, Any] = {}
    if path.is_file():
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except (ValueError, OSError) as error:
            raise Misused(f"{path}: {error}") from error
    profiles = document.pop("profiles", {})
    if not isinstance(profiles, dict) or not all(isinstance(one, dict) for one in profiles.values()):
        raise Misused(f"{path}: profiles: tables [profiles.NAME] are expected")
    if profile and profile not in profiles:
        raise Misused(f"{path} has no profile {profile}: add a table [profiles.{profile}]")
    found = {**document, **(profiles[profile] if profile else {})}
    for name, value in found.items():
        if name not in KEYS or not isinstance(value, KEYS[name]):
            raise Misused(f"{path}: {name}: not a setting, or of the wrong kind; there are {', '.join(KEYS)}")
    if found.get("token") and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Misused(f"{path} holds a token and others can read it: chmod 600 {path}")
    return found
