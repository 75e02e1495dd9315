"""Stages that do more than decide: what each of them would do, told instead of done.

A decision that returns something to wait for has only begun; closing it leaves nothing behind.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Awaitable, Callable
from dataclasses import replace

from proxy.caching.asking import directives, question_of, route_key
from proxy.caching.recording import now
from proxy.caching.reuse import judge
from proxy.errors import circuit_open, no_instance, not_stored
from proxy.exchange import Exchange
from proxy.explain.scene import Forwarded, Scene, Untold
from proxy.limiting.judged import conclude
from proxy.limiting.limits_of_route import limits_of_route
from proxy.limiting.token_bucket import TokenBucket
from proxy.reply import Reply
from proxy.snapshot.snapshot import Decision
from proxy.stages import aggregate, basic_auth, dispatch, fault_injection, mirror, rate_limit, request_validation
from proxy.stages import serve_from_cache as cache

Tell = Callable[[Scene, Decision], Awaitable[None] | None]


def _tried(scene: Scene, decision: Decision) -> bool:
    """Makes the part of a decision that needs no waiting; whether that was all."""
    waiting = decision(scene.exchange)
    if waiting is None:
        return True
    if inspect.iscoroutine(waiting):
        waiting.close()
    return False


def _basic_auth(scene: Scene, decision: Decision) -> None:
    """Explaining must not become a way to try passwords that nobody counts."""
    if not _tried(scene, decision):
        raise Untold("a password is not tried here", ends=True)


def _request_validation(scene: Scene, decision: Decision) -> None:
    if not _tried(scene, decision):
        raise Untold("the body is not known")


def _fault_injection(scene: Scene, decision: Decision) -> None:
    """Only a fault of all requests is certain."""
    config = scene.config(fault_injection.NAME)
    scene.details = {name: fault.get("percent", 100) for name, fault in config.items()}
    if "abort" in config:
        only = {fault_injection.NAME: {"abort": config["abort"]}}
        certain = fault_injection.fold(
            replace(scene.spec, plugins=only), scene.parts, draw=lambda: math.nextafter(1.0, 0.0)
        )
        assert certain is not None
        certain(scene.exchange)
        if config["abort"].get("percent", 100) > 0:
            raise Untold("a share of the requests is answered here")


def _mirror(scene: Scene, decision: Decision) -> None:
    config = scene.config(mirror.NAME)
    scene.details = {"service": config["service"], "percent": config.get("percent", 100)}


async def _rate_limit(scene: Scene, decision: Decision) -> None:
    """What each limit has left for this caller; nothing is spent."""
    limits = limits_of_route(rate_limit.NAME, scene.spec, scene.parts)
    assert limits is not None, "the stage is folded only where something is limited"
    keys, own = limits.of(scene.exchange)
    if not keys:
        return
    verdicts = await scene.look(keys, own)
    scene.details["limits"] = [
        {
            "of": limit.prefix.split(b"\0")[0].decode(),
            "by": limit.by,
            "limit": limit.rule.limit,
            "kind": "token bucket" if isinstance(limit.rule, TokenBucket) else "sliding window",
            "seconds": limit.rule.lifetime,
            "left": verdict.remaining + 1 if verdict.admitted else 0,
        }
        for limit, verdict in zip(own, verdicts, strict=True)
    ]
    conclude(scene.exchange, own, verdicts)


def _serve_from_cache(scene: Scene, decision: Decision) -> None:
    exchange = scene.exchange
    request = exchange.request
    assert request is not None
    if isinstance(decision, cache.Invalidate):
        scene.details["use"] = "forgets what a change makes doubtful"
        return
    asked = directives(exchange)
    if cache.passes_by(request, asked):
        scene.details["use"] = "bypass"
        return
    question, moment = question_of(exchange, route_key(scene.spec)), now()
    scene.details |= {"use": "miss", "address_key": question.address.hex(), "caller_key": question.caller.hex()}
    stored = scene.parts.live.cache.store.find(question, moment.steady)
    if stored is None:
        if asked.only_if_cached:
            raise not_stored()
        return
    age = stored[0].age(moment)
    verdict = judge(stored[0], age, asked)
    scene.details |= {"use": verdict, "age_seconds": round(age), "lifetime_seconds": round(stored[0].lifetime)}
    if verdict != "validate" and not cache.is_guess(exchange, stored[0]):
        raise Reply(stored[0].status, [])


def _aggregate(scene: Scene, decision: Decision) -> None:
    parts = scene.config(aggregate.NAME)["parts"]
    scene.details["parts"] = {name: part.get("service", scene.spec.service_name) for name, part in parts.items()}
    raise Forwarded


def _dispatch(scene: Scene, decision: Decision) -> None:
    """The first look at the candidates (`proxy/forwarding/dispatch.py`)."""
    exchange: Exchange = scene.exchange
    service, passage = exchange.service, exchange.passage
    assert service is not None
    found = service.candidates()
    if not found:
        raise no_instance(f"service {service.spec.name} has no usable instance")
    blocked = passage.seconds_blocked(found) if passage is not None else None
    if blocked is not None:
        raise circuit_open(blocked)
    raise Forwarded


TELLING: dict[str, Tell] = {
    basic_auth.NAME: _basic_auth,
    rate_limit.NAME: _rate_limit,
    request_validation.NAME: _request_validation,
    fault_injection.NAME: _fault_injection,
    mirror.NAME: _mirror,
    cache.NAME: _serve_from_cache,
    aggregate.NAME: _aggregate,
    dispatch.NAME: _dispatch,
}
"""Those that are not here are run as they are."""
