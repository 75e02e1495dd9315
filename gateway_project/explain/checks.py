"""Pre-checks, and whom each is about: the caller himself, or for an administrator anybody (G-227)."""

from __future__ import annotations

import math
from typing import Any

from asgiref.sync import async_to_sync
from rest_framework.request import Request

from gateway_project.explain.asking import asked_of
from gateway_project.explain.sight import routes_seen
from gateway_project.rest import access
from permissions.api.caller import TokenCaller
from permissions.api.verifier import caller_of
from permissions.credentials import CredentialError
from permissions.identity import Identity
from proxy.explain.asked import Asked
from proxy.explain.checking import Checked
from proxy.explain.explainer import Explainer
from proxy.explain.rows import explainer
from proxy.explain.seen import checked_seen
from revisions.api.viewset import actor_of


def check_all(request: Request, many: list[dict[str, Any]]) -> list[Checked]:
    """The answer to each check. Raises `Forbidden` where one is about somebody else."""
    asked = [(asked_of(values), _who(request, values)) for values in many]
    found = async_to_sync(_answers)(explainer(), asked)
    routes = routes_seen(request.user, {one.route.id for one in found if one.route is not None})
    return [checked_seen(one, routes) for one in found]


async def _answers(known: Explainer, asked: list[tuple[Asked, Identity | None]]) -> list[Checked]:
    return [await known.check(*one) for one in asked]


def _who(request: Request, values: dict[str, Any]) -> Identity | None:
    """None where a token says it, which the route's own authentication then judges."""
    own = actor_of(request)
    if "token" in values:
        if not access.is_administrator(request.user) and _subject_of(values["token"]) != own:
            access.require_administrator(request.user)
        return None
    subject = values.get("subject", own)
    if subject != own or "roles" in values:
        access.require_administrator(request.user)
    if subject == own and "roles" not in values and isinstance(request.user, TokenCaller):
        return request.user.identity
    return Identity(
        subject=subject,
        permissions=frozenset(),
        roles=frozenset(values.get("roles", ())),
        jti="",
        expires_at=math.inf,
        claims={},
    )


def _subject_of(token: str) -> str | None:
    """Whose token it is, None for one that holds no more."""
    try:
        return caller_of(token).subject
    except CredentialError:
        return None
