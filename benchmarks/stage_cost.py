"""Where the gateway's own time of a request goes: `python -m benchmarks.stage_cost` prints microseconds by stage.

Each step of the whole job is repeated on one request and the best of many short rounds is taken, which a busy machine
disturbs little. What is left over is what binds the steps together: buffers, pool, the objects of a request.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import cast

import jwt
import uvloop

from benchmarks.request_cost import ANSWER, SECRET, configuration, measure
from proxy.downstream import Downstream
from proxy.exchange import Exchange
from proxy.forwarding.relay import answer_headers
from proxy.forwarding.upstream_head import upstream_head
from proxy.http1.request_head import RequestHead, parse_request_head
from proxy.http1.response_head import parse_response_head, serialise_head
from proxy.options import GatewayOptions
from proxy.pipeline import STAGES, named
from proxy.request import Request
from proxy.runtime import GatewayRuntime
from proxy.stages.match_route import match_route

REPEATS = 200
ROUNDS = 200
MOST_HEADERS = 100
LONGEST_LINE = 8192

Step = Callable[[], object]


def microseconds(step: Step) -> float:
    """One call, the best of several rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(REPEATS):
            step()
        best = min(best, time.perf_counter() - began)
    return best / REPEATS * 1e6


def reading(block: bytes) -> dict[str, Step]:
    """The request's head, from bytes: alone, after one with the same fields, after the same."""

    def parse(before: RequestHead | None = None) -> RequestHead:
        return parse_request_head(block, max_line=LONGEST_LINE, max_fields=MOST_HEADERS, before=before)

    other = parse_request_head(block.replace(b" /job/x", b" /job/y"), max_line=LONGEST_LINE, max_fields=MOST_HEADERS)
    head = parse()

    def canonical() -> Request:
        head.canonical = None
        return Request(head, peer="127.0.0.1", scheme="http")

    return {
        "head": parse,
        "head, fields as before": lambda: parse(other),
        "head, all as before": lambda: parse(head),
        "canonical request": canonical,
        "the same, all as before": lambda: Request(head, peer="127.0.0.1", scheme="http"),
    }


def deciding(runtime: GatewayRuntime, block: bytes) -> tuple[Exchange, dict[str, Step]]:
    """The stages of the route but the last, and the choice of an instance."""
    head = parse_request_head(block, max_line=LONGEST_LINE, max_fields=MOST_HEADERS)
    exchange = Exchange(runtime, cast(Downstream, None), runtime.now())
    exchange.request = Request(head, peer="127.0.0.1", scheme="http")
    match_route(exchange, "traffic")
    route, service = exchange.route, exchange.service
    assert route is not None
    assert service is not None
    steps: dict[str, Step] = {"match": lambda: match_route(exchange, "traffic")}
    for name, decide in named(STAGES[:-1], route.spec, runtime.snapshot.parts):
        steps[name] = lambda decide=decide: decide(exchange)  # type: ignore[misc]
        steps[name]()
    steps["pick"] = lambda: route.balancer.pick(service.candidates(), ())
    exchange.instance = route.balancer.pick(service.candidates(), ())
    return exchange, steps


def writing(exchange: Exchange) -> dict[str, Step]:
    """Both heads that the gateway writes, the one it reads between them, and its notes of the request."""
    block = ANSWER.partition(b"\r\n\r\n")[0]
    answer = parse_response_head(block, max_fields=MOST_HEADERS)
    request, observe = exchange.request, exchange.runtime.observe
    assert request is not None

    def head_with_new_fields() -> object:
        request.head.onward = None
        return upstream_head(exchange, b"127.0.0.1:1")

    def note() -> None:
        observe.begin()
        observe.end(exchange, request.head)

    exchange.status = answer.status
    return {
        "head for the instance": head_with_new_fields,
        "the same, fields as before": lambda: upstream_head(exchange, b"127.0.0.1:1"),
        "head of the answer": lambda: parse_response_head(block, max_fields=MOST_HEADERS),
        "head for the client": lambda: serialise_head(200, b"OK", answer_headers(exchange, answer)),
        "observe": note,
    }


async def main() -> None:
    """Prints the table."""
    token = jwt.encode({"iss": "i", "sub": "u1", "exp": 4e9, "permissions": ["read"]}, SECRET, algorithm="HS256")
    runtime = GatewayRuntime(GatewayOptions(access_log=""))
    await runtime.start()
    runtime.apply(configuration())
    line = f"Authorization: Bearer {token}"
    block = f"GET /job/x HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n{line}".encode()
    exchange, decisions = deciding(runtime, block)
    for name, step in {**reading(block), **decisions, **writing(exchange)}.items():
        print(f"{name:28}{microseconds(step):6.2f} µs")
    await runtime.close()
    whole = await measure("/job/x", token, requests=REPEATS, rounds=ROUNDS)
    print(f"{'a whole request':28}{whole:6.2f} µs")


if __name__ == "__main__":
    uvloop.run(main())
