"""What the data plane knows of who may do what: plain values, no Django."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

SubjectKind = Literal["user", "role", "consumer"]
CredentialKind = Literal["api_key", "basic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerSpec:
    """One party whose JSON Web Tokens are accepted (G-007).

    Exactly one of `secret`, `public_key_pem` and `jwks_url` is set.
    """

    id: str
    name: str
    issuer: str
    """The `iss` claim a token must carry to be judged by this row; empty: tokens without `iss`."""
    algorithms: tuple[str, ...]
    secret: str = ""
    public_key_pem: str = ""
    jwks_url: str = ""
    audience: str = ""
    """Required `aud`; empty: a token with any `aud` or none is accepted."""
    leeway_seconds: int = 0
    """Clock skew allowed on `exp`, `nbf` and `iat`; 0..30 (edge rule A1)."""
    expires_at: float | None = None
    """Epoch seconds from which none of its tokens is accepted, whatever their `exp`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantSpec:
    """A permission given to a user, a role or a consumer (G-223)."""

    subject_kind: SubjectKind
    subject: str
    permission: str
    expires_at: float | None = None
    """Epoch seconds after which the grant does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerSpec:
    """An application known by name; tokens whose subject is `jwt_subject` act for it."""

    id: str
    name: str
    jwt_subject: str = ""
    plugins: dict[str, Any] = field(default_factory=dict)
    """Plugin name → configuration; replaces that of the route, the service and all routes."""
    rate_limit_rpm: int | None = None
    """Requests in any 60 seconds over all routes; None is no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialSpec:
    """What a consumer proves itself with (G-226); the secret itself is known to nobody but its holder."""

    id: str
    kind: CredentialKind
    consumer: str
    """Name of the consumer."""
    identifier: str
    """The prefix of an API key, the user name of basic authentication."""
    digest: str
    """By the kind: see `key_hash.key_digest`, `password_hash.hash_password`."""
    expires_at: float | None = None
    """Epoch seconds from which it is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokedTokenSpec:
    """A token refused until it would have expired anyway (G-009)."""

    jti: str
    expires_at: float
