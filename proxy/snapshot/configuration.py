"""The whole configuration as one document: what the control plane writes and every worker reads.

It is the only thing that crosses from the rows to the data plane. Encoding is JSON through msgspec, so a
document of the wrong shape is refused when it is read, not when a request meets it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from permissions.spec import ConsumerSpec, CredentialSpec, GrantSpec, IssuerSpec, RevokedTokenSpec
from routing.spec import RouteSpec
from services.spec import ServiceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Every spec of one revision."""

    revision: int
    routes: tuple[RouteSpec, ...] = ()
    services: tuple[ServiceSpec, ...] = ()
    plugins: dict[str, Any] = field(default_factory=dict)
    """Configurations of the plugins bound to everything, by name."""
    issuers: tuple[IssuerSpec, ...] = ()
    grants: tuple[GrantSpec, ...] = ()
    consumers: tuple[ConsumerSpec, ...] = ()
    credentials: tuple[CredentialSpec, ...] = ()
    revoked_tokens: tuple[RevokedTokenSpec, ...] = ()


def encode(configuration: Configuration) -> bytes:
    """The document as JSON bytes."""
    return msgspec.json.encode(configuration)


def decode(document: bytes) -> Configuration:
    """The configuration of a document.

    Raises `msgspec.ValidationError` or `msgspec.DecodeError` for anything `encode` did not write.
    """
    return msgspec.json.decode(document, type=Configuration)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Services:
    """What there is of a document for whoever asks instances and serves nobody."""

    revision: int
    services: tuple[ServiceSpec, ...] = ()


def decode_services(document: bytes) -> Configuration:
    """As `decode`, the services alone: a hundred thousand routes are passed over."""
    found = msgspec.json.decode(document, type=_Services)
    return Configuration(revision=found.revision, services=found.services)
