"""Who sends the request that is asked about: a token in his name, made for the question and gone with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from gateway_project.rest import access
from permissions.models import Consumer
from permissions.tokens import access_token, roles_of

LIFETIME = timedelta(minutes=1)
"""Nobody sees the token; the chain of a route only has to find it valid."""


class SenderError(Exception):
    """Why nobody can be asked for; `field` is where it was typed."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def token_of(caller: Any, values: dict[str, Any]) -> str:
    """The token of whoever the form names; empty for nobody. Raises `SenderError`.

    How somebody else would fare tells what he was granted, so that is an administrator's question (G-227).
    """
    if token := values.get("token"):
        return str(token).strip().removeprefix("Bearer ").strip()
    if user := values.get("user"):
        if user != caller.get_username() and not access.is_administrator(caller):
            raise SenderError("user", _("You may ask for yourself, or with a token: others are an administrator's."))
        return _in_the_name_of(user)
    if consumer := values.get("consumer"):
        if not access.is_administrator(caller):
            raise SenderError("consumer", _("Consumers are an administrator's to ask for: give a token instead."))
        return _in_the_name_of(_subject_of(consumer))
    return ""


def _subject_of(name: str) -> str:
    found = Consumer.objects.filter(name=name).values_list("jwt_subject", flat=True)
    if not found:
        raise SenderError("consumer", _("There is no consumer of this name."))
    if not found[0]:
        text = _("No token names this consumer. Write its API key as a header, for example “X-API-Key: …”.")
        raise SenderError("consumer", text)
    return str(found[0])


def _in_the_name_of(subject: str) -> str:
    """As a login would give it, where the subject is an account."""
    account = get_user_model().objects.filter(username=subject, is_active=True).first()
    return str(access_token(subject, roles=roles_of(account) if account else (), lifetime=LIFETIME))
