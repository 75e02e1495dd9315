"""What tells callers apart for good: a name is its issuer's own, and may belong to somebody else tomorrow."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from permissions.api.caller import TokenCaller
from permissions.compile import BUILT_IN_ISSUER_ID

ACCOUNT = "account"
SUBJECT = "subject"
MOST = 300
"""Characters: the id of an issuer and the longest subject."""


def caller_key(caller: Any) -> str:
    """`account:7` for whoever is logged in as an account or shows a token of its own, else `subject:issuer:name`.

    Empty for who is neither, as a command.
    """
    if not isinstance(caller, TokenCaller):
        return "" if caller.pk is None else f"{ACCOUNT}:{caller.pk}"
    identity = caller.identity
    if identity.issuer_id == BUILT_IN_ISSUER_ID:
        accounts = get_user_model().objects.filter(username=identity.subject, is_active=True)
        pk = accounts.values_list("pk", flat=True).first()
        if pk is not None:
            return f"{ACCOUNT}:{pk}"
    return f"{SUBJECT}:{identity.issuer_id}:{identity.subject}"
