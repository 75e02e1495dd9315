"""Every limit that a request to a route may meet, and which of them concern one request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from proxy.exchange import Exchange
from proxy.limiting.limit import Limit, bucket_limit, distinct, window_limit
from proxy.limiting.subject import subject_of
from proxy.snapshot.parts import Parts
from routing.spec import RouteSpec


class LimitsOfRoute:
    """`fixed` are the limits of the route, its service and its plugins; `consumers` those of consumers by name."""

    __slots__ = ("_subjects", "consumers", "fixed")

    def __init__(self, route: RouteSpec, fixed: Sequence[Limit], consumers: Mapping[str, Limit]) -> None:
        self.fixed = fixed
        self.consumers = consumers
        self._subjects = [(subject_of(limit.by, route), limit) for limit in fixed]

    def of(self, exchange: Exchange) -> tuple[list[bytes], list[Limit]]:
        """The keys a request is counted under and the limit of each."""
        keys: list[bytes] = []
        limits: list[Limit] = []
        for subject_in, limit in self._subjects:
            subject = subject_in(exchange)
            if subject is not None:
                keys.append(limit.prefix + subject)
                limits.append(limit)
        if self.consumers and exchange.principal is not None:
            own = self.consumers.get(exchange.principal.consumer)
            if own is not None:
                keys.append(own.prefix)
                limits.append(own)
        return keys, limits


def limits_of_route(name: str, route: RouteSpec, parts: Parts) -> LimitsOfRoute | None:
    """The limits of `route`; `name` is the plugin's. None where nothing is limited."""
    fixed = distinct([*_own(route, parts), *_bound(name, route, parts)])
    return LimitsOfRoute(route, fixed, parts.consumer_limits) if fixed or parts.consumer_limits else None


def _own(route: RouteSpec, parts: Parts) -> Iterator[Limit]:
    """Those that are fields of the route and of its service."""
    if route.rate_limit_rpm is not None:
        yield window_limit("route", route.id, "caller", route.rate_limit_rpm)
    compiled = parts.services.get(route.service_name)
    if compiled is None or compiled.spec.id != route.service_id:
        return
    service = compiled.spec
    if service.rate_limit_rpm is not None:
        yield window_limit("service", service.id, "global", service.rate_limit_rpm)
    if service.limiter_rate is not None:
        yield bucket_limit("service", service.id, service.limiter_rate, service.limiter_peak)


def _bound(name: str, route: RouteSpec, parts: Parts) -> Iterator[Limit]:
    """Those of the plugin: they add up over the levels, unless the most specific binding switches it off."""
    if name not in route.plugins:
        return
    for level, owner, config in parts.levels(name, route):
        for rule in config.get("rules", ()):
            yield window_limit(level, owner, rule["by"], rule["limit"], rule["window_seconds"])
