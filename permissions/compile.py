"""Rows → specs, one query a kind. Called inside the transaction that reads the whole configuration."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from permissions.models import Consumer, Credential, Grant, RevokedToken, TokenIssuer
from permissions.models.revoked_token import still_needed
from permissions.spec import ConsumerSpec, CredentialKind, CredentialSpec, GrantSpec, IssuerSpec, RevokedTokenSpec

BUILT_IN_ISSUER_ID = "built-in"


def built_in_issuer() -> IssuerSpec:
    """The issuer of `/admin/auth/token` and `manage.py issue_token`: HS256 with GATEWAY_JWT_SECRET (G-007)."""
    return IssuerSpec(
        id=BUILT_IN_ISSUER_ID,
        name=BUILT_IN_ISSUER_ID,
        issuer=settings.GATEWAY_JWT_ISSUER,
        algorithms=("HS256",),
        secret=settings.GATEWAY_JWT_SECRET,
    )


def issuer_specs() -> tuple[IssuerSpec, ...]:
    """The built-in issuer, then the active rows that are still trusted, in the order they were made."""
    rows = TokenIssuer.objects.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), is_active=True)
    return (built_in_issuer(), *(issuer_spec(row) for row in rows.order_by("id")))


def issuer_spec(row: TokenIssuer) -> IssuerSpec:
    """A row a hand wrote into the database may be nonsense: the verifier then trusts nothing of it and says why."""
    listed = row.algorithms if isinstance(row.algorithms, list) else []
    return IssuerSpec(
        id=str(row.pk),
        name=row.name,
        issuer=row.issuer,
        algorithms=tuple(str(name) for name in listed),
        secret=row.secret,
        public_key_pem=row.public_key_pem,
        jwks_url=row.jwks_url,
        audience=row.audience,
        leeway_seconds=row.leeway_seconds,
        expires_at=row.expires_at.timestamp() if row.expires_at else None,
    )


def grant_specs() -> tuple[GrantSpec, ...]:
    """Every grant that counts now or may count until it expires; those of inactive consumers never do."""
    rows = (
        Grant.objects.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()))
        .exclude(consumer__is_active=False)
        .select_related("permission", "role", "consumer")
        .order_by("id")
    )
    return tuple(_grant_spec(row) for row in rows)


def _grant_spec(row: Grant) -> GrantSpec:
    permission = row.permission.code
    expires_at = row.expires_at.timestamp() if row.expires_at else None
    if row.role is not None:
        return GrantSpec(subject_kind="role", subject=row.role.name, permission=permission, expires_at=expires_at)
    if row.consumer is not None:
        return GrantSpec(
            subject_kind="consumer", subject=row.consumer.name, permission=permission, expires_at=expires_at
        )
    return GrantSpec(subject_kind="user", subject=row.user, permission=permission, expires_at=expires_at)


def consumer_specs() -> tuple[ConsumerSpec, ...]:
    """The active consumers."""
    return tuple(_consumer_spec(row) for row in Consumer.objects.filter(is_active=True).order_by("id"))


def _consumer_spec(row: Consumer) -> ConsumerSpec:
    return ConsumerSpec(
        id=str(row.pk),
        name=row.name,
        jwt_subject=row.jwt_subject or "",
        plugins=row.plugins if isinstance(row.plugins, dict) else {},
        rate_limit_rpm=row.rate_limit_rpm,
    )


def credential_specs() -> tuple[CredentialSpec, ...]:
    """Every credential in use of an active consumer that has not expired."""
    rows = (
        Credential.objects.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()))
        .filter(is_active=True, consumer__is_active=True)
        .order_by("id")
        .values_list("pk", "kind", "consumer__name", "identifier", "digest", "expires_at")
    )
    return tuple(
        CredentialSpec(
            id=str(pk),
            kind=cast("CredentialKind", kind),
            consumer=consumer,
            identifier=identifier,
            digest=digest,
            expires_at=expires_at.timestamp() if expires_at else None,
        )
        for pk, kind, consumer, identifier, digest, expires_at in rows
    )


def revoked_token_specs() -> tuple[RevokedTokenSpec, ...]:
    """Revocations of tokens that have not run out by themselves."""
    rows = RevokedToken.objects.filter(still_needed()).order_by("id").values_list("jti", "expires_at")
    return tuple(RevokedTokenSpec(jti=jti, expires_at=expires_at.timestamp()) for jti, expires_at in rows)
