"""What stages are folded from: the shared pieces of the snapshot being compiled."""

from __future__ import annotations

from dataclasses import dataclass

from permissions.credentials import TokenVerifier
from proxy.jwks import JwksKeys
from proxy.options import GatewayOptions
from proxy.principal import PrincipalCache
from proxy.state.counter_store import CounterStore


@dataclass(frozen=True, slots=True)
class Parts:
    """Made once a snapshot, handed to each stage's `fold`."""

    options: GatewayOptions
    verifier: TokenVerifier
    principals: PrincipalCache
    keys: JwksKeys
    counters: CounterStore
