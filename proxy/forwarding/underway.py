"""A request that has gone out where its head was read, and whose answer is passed on where its bytes arrive.

That is the way of nearly every request under load: it has no body, finds an idle connection and is answered in one
piece. Nobody has to be woken then, neither when the request comes nor when its answer does: a wake-up of the task goes
through six coroutines (docs/benchmarks.md). Whatever else happens (an answer in pieces, a broken or a late one) goes on
in the loop of `dispatch.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from typing import TYPE_CHECKING, Any, Protocol

from proxy.exchange import Exchange
from proxy.forwarding.judging import answered
from proxy.forwarding.relay import announced, answer_headers, answer_start
from proxy.forwarding.upstream_head import upstream_head
from proxy.http1.errors import MalformedMessage
from proxy.http1.framing import response_length
from proxy.http1.response_head import ResponseHead
from proxy.transport.pool import Pool
from proxy.transport.upstream import UpstreamConnection
from services.spec import InstanceSpec

if TYPE_CHECKING:
    from proxy.balancing.balancer import Balancer

GoOn = Callable[[UpstreamConnection], Coroutine[Any, Any, None]]


class Owner(Protocol):
    """Whoever has the request served."""

    def ended(self) -> None:
        """The whole answer has been sent."""

    def go_on(self, error: Exception | None = None) -> None:
        """From here on somebody has to wait; or the answer could not be passed on."""


class Underway:
    """Sent over `connection`; `owner` is told how it ends. Whoever awaits this instead goes on as `go_on` says."""

    __slots__ = ("_balancer", "_connection", "_exchange", "_go_on", "_instance_id", "_pool", "owner")

    def __init__(
        self, exchange: Exchange, balancer: Balancer, instance_id: str, pool: Pool, connection: UpstreamConnection
    ) -> None:
        self._exchange = exchange
        self._balancer = balancer
        self._instance_id = instance_id
        self._pool = pool
        self._connection = connection
        self._go_on: GoOn | None = None
        self.owner: Owner | None = None

    def __await__(self) -> Generator[Any, None, None]:
        """Goes on in the loop that can wait."""
        self._connection.answering = None
        assert self._go_on is not None
        return self._go_on(self._connection).__await__()

    def otherwise(self, go_on: GoOn) -> None:
        """How it goes on when it is not answered at once."""
        self._go_on = go_on

    def arrived(self, data: bytes) -> None:
        """The first bytes of the answer: passed on if they are all of it."""
        connection, owner = self._connection, self.owner
        assert owner is not None
        connection.answering = None
        found = self._whole(data)
        if found is None:
            connection.give_back(data)
            owner.go_on()
            return
        try:
            self._pass_on(*found)
        except Exception as error:  # noqa: BLE001 - judged where every error of a request is
            owner.go_on(error)
        else:
            owner.ended()

    def broken(self) -> None:
        """No answer came: the connection was lost, or the time is over."""
        assert self.owner is not None
        self._connection.answering = None
        self.owner.go_on()

    def abandon(self) -> None:
        """Nobody waits for the answer any more."""
        self._connection.answering = None
        self._balancer.release(self._instance_id)
        self._pool.release(self._connection, reusable=False)

    def _whole(self, data: bytes) -> tuple[ResponseHead, bytes] | None:
        """The final answer that `data` is, no byte more or less; None for anything else, a malformed one included."""
        options, request = self._exchange.runtime.options, self._exchange.request
        assert request is not None
        end = data.find(b"\r\n\r\n")
        if not 0 < end <= options.max_header_bytes:
            return None
        try:
            head = self._connection.parsed(data[:end], options.max_header_count)
            if head.status < 200:
                return None
            length = response_length(head.status, head.fields, head.version, request.method)
        except MalformedMessage:
            return None
        return (head, data[end + 4 :]) if length == len(data) - end - 4 else None

    def _pass_on(self, head: ResponseHead, body: bytes) -> None:
        exchange, instance_id, downstream = self._exchange, self._instance_id, self._exchange.at_once
        assert downstream is not None
        reusable = False
        try:
            seconds = exchange.runtime.now() - exchange.asked
            exchange.upstream_seconds += seconds
            self._balancer.observe(instance_id, seconds)
            exchange.status = head.status
            length = announced(exchange, head, len(body))
            start = answer_start(exchange, head)
            if start is not None:
                downstream.pass_on(start, body, length)
            else:
                downstream.answer(head.status, head.reason, answer_headers(exchange, head), body, length)
            exchange.bytes_out = len(body)
            answered(exchange, instance_id, head.status)
            reusable = head.keeps_alive
        finally:
            self._balancer.release(instance_id)
            self._pool.release(self._connection, reusable=reusable)


def may_go_at_once(exchange: Exchange) -> bool:
    """Whether nothing about this request makes somebody wait, as far as can be told before an instance is chosen."""
    request = exchange.request
    assert request is not None
    return (
        exchange.at_once is not None
        and request.length == 0
        and exchange.passage is None
        and exchange.recording is None
        and exchange.body is None
        and b"upgrade" not in request.fields
    )


def sent_at_once(exchange: Exchange, balancer: Balancer, instance: InstanceSpec, pool: Pool) -> Underway | None:
    """Sends the request if a connection lies idle."""
    connection = pool.take_idle()
    if connection is None:
        return None
    try:
        head = upstream_head(exchange, pool.endpoint.authority)
    except BaseException:
        pool.release(connection, reusable=True)
        raise
    service = exchange.service
    assert service is not None
    exchange.instance = instance
    asked = exchange.asked = exchange.runtime.now()
    balancer.acquire(instance.id)
    patience = service.spec.answer_timeout_seconds
    connection.deadline = exchange.deadline if patience is None else min(exchange.deadline, asked + patience)
    connection.uses += 1
    underway = Underway(exchange, balancer, instance.id, pool, connection)
    connection.answering = underway
    try:
        connection.write(head)
    except BaseException:
        underway.abandon()
        raise
    return underway
