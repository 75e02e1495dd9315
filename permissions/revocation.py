"""Taking tokens back before they expire (G-009)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from permissions.models import RevokedToken
from permissions.models.revoked_token import still_needed
from revisions.change import change

UNKNOWN_LIFETIME = timedelta(days=3650)
"""How long a token id is kept whose token nobody has seen, so whose end nobody knows."""


def revoke(jti: str, expires_at: datetime | None, by: str, reason: str = "") -> RevokedToken:
    """Refuses this token from now on. A token revoked before keeps its first record."""
    known = OutstandingToken.objects.filter(jti=jti).values_list("expires_at", flat=True).first()
    end = expires_at or known or timezone.now() + UNKNOWN_LIFETIME
    row, _created = RevokedToken.objects.get_or_create(
        jti=jti, defaults={"expires_at": end, "revoked_by": by[:255], "reason": reason[:500]}
    )
    return row


def revoke_all_of(user: Any, by: str, reason: str) -> int:
    """Refuses every token a person was given; one change. Returns how many were new."""
    outstanding = OutstandingToken.objects.filter(user=user, expires_at__gt=timezone.now())
    known = RevokedToken.objects.filter(jti__in=outstanding.values("jti")).values("jti")
    with change(actor=by, reason=reason):  # holds the lock of all changes: nobody revokes one of these meanwhile
        rows = [
            RevokedToken(jti=token.jti, expires_at=token.expires_at, revoked_by=by[:255], reason=reason[:500])
            for token in outstanding.exclude(jti__in=known)
        ]
        RevokedToken.objects.bulk_create(rows)
    return len(rows)


def purge() -> int:
    """Forgets what has run out by itself: revocations and outstanding tokens. Returns how many rows went."""
    revoked, _by_model = RevokedToken.objects.exclude(still_needed()).delete()
    outstanding, _by_model = OutstandingToken.objects.filter(expires_at__lte=timezone.now()).delete()
    return revoked + outstanding
