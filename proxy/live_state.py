"""What outlives a reload: connections, balancers and counters, keyed by the ids of the rows they belong to."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from weakref import WeakValueDictionary

from proxy.balancing.balancer import Balancer
from proxy.balancing.strategies import STRATEGIES
from proxy.caching.reply_store import ReplyStore
from proxy.caching.response_cache import ResponseCache
from proxy.forwarding.mirrors import Mirrors
from proxy.forwarding.retry_budget import RetryBudget
from proxy.health.arrivals import Arrivals
from proxy.health.availability import Availability
from proxy.metering.meters import Meters
from proxy.options import GatewayOptions
from proxy.password_checks import PasswordChecks
from proxy.splitting import SmoothSplit
from proxy.state.board import Board
from proxy.state.counter_store import CounterStore
from proxy.state.redis_address import redis_address
from proxy.state.redis_link import RedisLink
from proxy.transport.deadlines import Deadlines
from proxy.transport.pool import Endpoint, Pool, PoolLimits
from proxy.transport.target_guard import target_guard
from proxy.transport.tls import client_context
from proxy.transport.turns import Turns
from services.spec import InstanceSpec, ServiceSpec


class LiveState:
    """The live state of one worker."""

    def __init__(self, options: GatewayOptions, counters: CounterStore, board: Board, replies: ReplyStore) -> None:
        self.counters = counters
        self.board = board
        self.cache = ResponseCache(replies, options.cache_max_entry_bytes)
        self.redis: RedisLink | None = None
        """What machines count their limits in together, where that is set."""
        if options.redis_url:
            self.redis = RedisLink(redis_address(options.redis_url), options.limit_redis_seconds)
        self.deadlines = Deadlines()
        self.passwords = PasswordChecks(counters)
        self.meters = Meters()
        self._limits = PoolLimits(
            connections=options.upstream_max_connections,
            queue=options.upstream_queue_size,
            idle_seconds=options.upstream_idle_seconds,
        )
        self._guard = target_guard(options)
        self._pools: dict[tuple[str, Endpoint], Pool] = {}
        self._balancers: dict[tuple[str, str], Balancer] = {}
        self.mirrors = Mirrors(self.meters)
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="beside-the-loop")
        """For what takes milliseconds; begun when it is asked for first."""
        self._splits: WeakValueDictionary[str, SmoothSplit] = WeakValueDictionary()
        self._retry_limits = (options.retry_budget_percent / 100, options.retry_budget_floor)
        self._retry_budgets: dict[str, RetryBudget] = {}
        self._tls: dict[tuple[bool, str], ssl.SSLContext] = {}
        self._arrivals = Arrivals()
        self.turns = Turns()

    def split(self, name: str, weights: tuple[int, ...]) -> SmoothSplit:
        """How requests are shared out by weight; it goes on where it was as long as a snapshot refers to it."""
        split = self._splits.get(name)
        if split is None or split.weights != weights:
            split = self._splits[name] = SmoothSplit(weights)
        return split

    def balancer(self, service: ServiceSpec, strategy: str) -> Balancer:
        """The balancer of a service for one strategy, the same across reloads."""
        key = (service.id, strategy)
        if key not in self._balancers:
            self._balancers[key] = STRATEGIES[strategy]()
        return self._balancers[key]

    def availability(self, service: ServiceSpec) -> Availability:
        """Which instances of a service may be asked; what it judges by outlives it, on the board and here."""
        return Availability(service, self.board, self._arrivals.note(service, time.monotonic()))

    def retry_budget(self, service: ServiceSpec) -> RetryBudget:
        """How many requests of a service may be sent again, the same across reloads."""
        if service.id not in self._retry_budgets:
            self._retry_budgets[service.id] = RetryBudget(*self._retry_limits)
        return self._retry_budgets[service.id]

    def pool(self, service: ServiceSpec, instance: InstanceSpec) -> Pool:
        """The connections to an instance; a changed address or TLS setting makes a new pool.

        Raises `ValueError` for TLS settings that cannot be used.
        """
        endpoint = Endpoint(
            host=instance.host,
            port=instance.port,
            authority=authority_of(instance),
            tls=self._tls_context(service) if instance.scheme == "https" else None,
            server_name=service.tls_server_name,
            connect_timeout=service.connect_timeout_seconds,
        )
        return self.pool_to(instance.id, endpoint)

    def pool_to(self, owner: str, endpoint: Endpoint) -> Pool:
        """The pool of `owner` to `endpoint`, made when it is asked for first."""
        key = (owner, endpoint)
        if key not in self._pools:
            _check_name(endpoint)
            self._pools[key] = Pool(endpoint, self._limits, self.deadlines, self._guard, self.turns)
        return self._pools[key]

    def _tls_context(self, service: ServiceSpec) -> ssl.SSLContext:
        """Verifies by default; contexts are shared because each holds a parsed trust store."""
        key = (service.verify_tls, service.tls_ca_pem)
        if key not in self._tls:
            self._tls[key] = client_context(service.tls_ca_pem, verify=service.verify_tls)
        return self._tls[key]

    def keep(self, pools: Iterable[Pool], service_ids: Iterable[str]) -> None:
        """Lets go of whatever the snapshot now in force does not use; running requests keep their connections."""
        kept, services = set(map(id, pools)), set(service_ids)
        self._arrivals.keep(services)
        for key in [key for key, pool in self._pools.items() if id(pool) not in kept]:
            self._pools.pop(key).close()
        for balancer_key in [key for key in self._balancers if key[0] not in services]:
            del self._balancers[balancer_key]
        for service_id in self._retry_budgets.keys() - services:
            del self._retry_budgets[service_id]

    def open_connections(self) -> int:
        """Upstream connections of this worker."""
        return sum(pool.open + len(pool.detached) for pool in self._pools.values())

    def close(self) -> None:
        """Closes every idle connection, the counters, the board and the cache."""
        self.mirrors.close()
        self.thread.shutdown(wait=False, cancel_futures=True)
        self.cache.close()
        self.passwords.close()
        self.counters.close()
        self.board.close()
        for pool in self._pools.values():
            pool.close()
        self._pools.clear()


def _check_name(endpoint: Endpoint) -> None:
    """Raises `ValueError` for a server name TLS cannot send: once here, instead of with each connection."""
    if endpoint.tls is None:
        return
    try:
        endpoint.tls.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=endpoint.verified_name)
    except (ValueError, TypeError) as error:
        raise ValueError(f"tls_server_name: {error}") from None


_DEFAULT_PORTS = {"http": 80, "https": 443}


def authority_of(instance: InstanceSpec) -> bytes:
    """`host` or `host:port` of an instance; a name outside ASCII as DNS knows it (RFC 9110 section 7.2)."""
    host = f"[{instance.host}]" if ":" in instance.host else instance.host
    name = host.encode("ascii" if host.isascii() else "idna")
    return name if instance.port == _DEFAULT_PORTS.get(instance.scheme) else b"%b:%d" % (name, instance.port)
