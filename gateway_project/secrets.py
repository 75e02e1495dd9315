"""The two secrets a node cannot run without, and the stand-ins a developer may run with."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from gateway_project.environment import Environment

DEVELOPMENT_PREFIX = "for-development-only-"
"""Every stand-in begins with it, so a check can tell that one is in use."""

REMEDY = (
    "{name} is not set. Generate one and put it in the environment or in .env beside manage.py:\n"
    "    echo \"{name}=$(python -c 'import secrets; print(secrets.token_urlsafe(48))')\" >> .env\n"
    "To try things out on this machine only, set GATEWAY_DEBUG=true instead."
)


def secret(env: Environment, name: str, *, debug: bool) -> str:
    """The secret of this name. Raises `ImproperlyConfigured` with the remedy when it is missing outside debugging."""
    value = env.text(name)
    if value.startswith(DEVELOPMENT_PREFIX) and not debug:
        raise ImproperlyConfigured(f"{name} holds the development stand-in. " + REMEDY.format(name=name))
    if value:
        return value
    if not debug:
        raise ImproperlyConfigured(REMEDY.format(name=name))
    return f"{DEVELOPMENT_PREFIX}{name.lower()}-0123456789abcdef0123456789abcdef"
