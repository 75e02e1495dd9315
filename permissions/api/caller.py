"""`request.user` of a request with a token."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from permissions.decision import is_administrator
from permissions.identity import Identity


@dataclass(slots=True, eq=False)
class TokenCaller:
    """A verified token's subject in the place of a Django user; there need not be an account of that name."""

    identity: Identity
    held: frozenset[str]
    _gateway_standing: Any = field(default=None, repr=False)
    """Kept here by `permissions.standing`."""
    is_authenticated = True
    is_anonymous = False
    is_active = True
    pk = None

    @property
    def subject(self) -> str:
        """The name on record for what this caller changes."""
        return self.identity.subject

    @property
    def is_administrator(self) -> bool:
        """Permission gateway.admin or role admin (G-007)."""
        return is_administrator(self.identity, self.held)

    def get_username(self) -> str:
        """As a Django user's."""
        return self.identity.subject

    def __str__(self) -> str:
        return self.identity.subject
