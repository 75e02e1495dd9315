"""Rules of how a route chooses instances (G-380)."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from routing.choices import LoadBalanceStrategy
from routing.hash_key import InvalidHashKey, parse_hash_key


def check_hash_key(value: str) -> None:
    """Empty, or the name of a part of the request."""
    try:
        parse_hash_key(value)
    except InvalidHashKey:
        raise ValidationError(
            _("“%(value)s” is not user, address, header:NAME, cookie:NAME or query:NAME."),
            code="hash_key",
            params={"value": value[:100]},
        ) from None


def check_key_is_used(hash_key: str, strategy: str) -> None:
    """A key that no choice depends on is refused."""
    if hash_key and strategy != LoadBalanceStrategy.HASH:
        raise ValidationError(
            _("Only the strategy “hash” uses a key; leave it empty with “%(strategy)s”."),
            code="hash_key",
            params={"strategy": strategy},
        )
