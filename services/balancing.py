"""How an instance is chosen, and the rules of it (G-380)."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from services.hash_key import InvalidHashKey, parse_hash_key


class LoadBalanceStrategy(models.TextChoices):
    """The strategies a route or a service may name."""

    ROUND_ROBIN = "round_robin", _("round robin")
    WEIGHTED = "weighted", _("weighted")
    LEAST_CONNECTIONS = "least_connections", _("least connections")
    RANDOM = "random", _("random")
    WEIGHTED_RANDOM = "weighted_random", _("weighted random")
    HASH = "hash", _("consistent hash")
    EWMA = "ewma", _("lowest latency (EWMA)")


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
