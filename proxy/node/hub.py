"""The supervisor's switchboard: who is alive, what is published, who serves what (messages.py has the table).

No I/O of its own: peers are anything with a name, a pid and `send`, and the clock is given.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from typing import Protocol

import msgspec

from proxy.node.ledger import FiguresLedger
from proxy.node.messages import (
    Announced,
    AskFigures,
    Checked,
    Ending,
    Figures,
    Gone,
    Joining,
    Message,
    NodeFigures,
    Published,
    Refused,
    Serving,
    Traffic,
    Watch,
    Welcome,
    in_pieces,
)

logger = logging.getLogger("gateway.node")


class Peer(Protocol):
    """A child, as far as the hub cares."""

    name: str

    @property
    def pid(self) -> int:
        """Its process id."""

    def send(self, message: Message) -> None:
        """Queue a message for it."""

    def offer(self, message: Message) -> None:
        """Queue one that may be lost, unless it is behind."""


class Hub:
    """Relays between one control process, one prober and any number of workers."""

    def __init__(
        self,
        on_serving: Callable[[dict[str, int]], None] = lambda serving: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`on_serving` is told {worker: revision} each time a worker has said what it serves."""
        self._on_serving = on_serving
        self._clock = clock
        self._run = uuid.uuid4().hex
        self._control: Peer | None = None
        self._prober: Peer | None = None
        self._workers: dict[str, Peer] = {}
        self._counted: dict[str, int] = {}
        """Revision of each worker from Joining on."""
        self._accepting: set[str] = set()
        self._published: Published | None = None
        self._ledger = FiguresLedger(clock())
        self._enquiries: dict[int, tuple[AskFigures, set[str]]] = {}
        """Questions that are not answered yet, and the workers each waits for."""

    def control_started(self, peer: Peer) -> None:
        """A control process, the first or a replacement: it learns who serves what."""
        self._control = peer
        self._enquiries.clear()
        for name, revision in self._counted.items():
            peer.send(Serving(revision, name, self._workers[name].pid))

    def prober_started(self, peer: Peer) -> None:
        """A prober, the first or a replacement: it hears of what is published and is never waited for."""
        self._prober = peer

    def worker_started(self, peer: Peer) -> None:
        """A worker that does not serve yet; news reaches it from now on."""
        self._workers[peer.name] = peer

    def gone(self, peer: Peer) -> None:
        """A child has ended."""
        if peer is self._control:
            self._control = None
            return
        if peer is self._prober:
            self._prober = None
            return
        if self._workers.pop(peer.name, None) is None:
            return
        self._counted.pop(peer.name, None)
        self._accepting.discard(peer.name)
        self._ledger.retire(peer.name)
        self._tell_control(Gone(peer.name))
        for request in list(self._enquiries):
            self._answered(request, peer.name)

    def broadcast(self, message: Message) -> None:
        """Send to every child."""
        for peer in [*self._workers.values(), self._prober, self._control]:
            if peer is not None:
                peer.send(message)

    def ending(self) -> None:
        """The workers are about to drain."""
        self._tell_control(Ending())

    def handle(self, peer: Peer, message: Message) -> None:
        """One message of a child."""
        match message:
            case Published():
                self._publish(message)
            case Joining():
                self._counted[peer.name] = message.revision
                self._tell_control(Serving(message.revision, peer.name, peer.pid))
                published = self._published
                peer.send(Welcome(published.revision, published.sha256) if published else Welcome())
            case Serving():
                self._counted[peer.name] = message.revision
                self._accepting.add(peer.name)
                self._tell_control(Serving(message.revision, peer.name, peer.pid))
                self._on_serving({name: self._counted[name] for name in self._accepting})
            case Refused():
                logger.error("%s refused revision %d: %s", peer.name, message.revision, message.reason)
                self._tell_control(Refused(message.revision, message.reason, peer.name))
            case AskFigures():
                self._enquire(message)
            case Figures():
                self._ledger.report(peer.name, message.counters, self._clock())
                if message.request is not None:
                    self._ledger.report_gauges(peer.name, message.gauges)
                    self._answered(message.request, peer.name)
            case _:
                self._relay(peer, message)

    def _relay(self, peer: Peer, message: Message) -> None:
        """What passes through."""
        match message:
            case Watch():
                for worker in self._workers.values():
                    worker.offer(message)
            case Traffic():
                if self._control is not None:
                    self._control.offer(message)
            case Checked():
                self._tell_control(message)
            case _:
                logger.error("%s sent %s, which is not for the supervisor", peer.name, type(message).__name__)

    def give_up_enquiry(self, request: int) -> None:
        """Answer with what is known; a worker that is stuck must not keep the others' figures."""
        question, _waiting = self._enquiries.pop(request, (None, None))
        if question is not None:
            self._answer(question)

    def _answer(self, question: AskFigures) -> None:
        """In pieces, the last of them without `more`."""
        number, ledger = question.request, self._ledger
        if question.by_service:
            pieces = [NodeFigures(number, self._run, piece, more=True) for piece in in_pieces(ledger.by_service())]
        elif question.gauges_only:
            pieces = [NodeFigures(number, self._run, {})]
        elif question.after_hour is None:
            pieces = [NodeFigures(number, self._run, piece, more=True) for piece in in_pieces(ledger.totals())]
        else:
            hours = ledger.hours_after(question.after_hour, self._clock())
            pieces = [
                NodeFigures(number, self._run, piece, hour=hour, more=True)
                for hour, counters in hours.items()
                for piece in in_pieces(counters)
            ]
        gauges = {} if question.by_service else ledger.gauges()
        pieces[-1] = msgspec.structs.replace(pieces[-1], more=False, gauges=gauges)
        for piece in pieces:
            self._tell_control(piece)

    def _publish(self, message: Published) -> None:
        self._published = message
        for peer in [*self._workers.values(), *([self._prober] if self._prober else [])]:
            peer.send(message)
        self._tell_control(Announced(message.revision))

    def _enquire(self, message: AskFigures) -> None:
        if message.by_service:
            self._answer(message)
            return
        self._enquiries[message.request] = (message, set(self._counted))
        for name in self._counted:
            self._workers[name].send(message)
        if not self._counted:
            self.give_up_enquiry(message.request)

    def _answered(self, request: int, worker: str) -> None:
        _question, waiting = self._enquiries.get(request, (None, None))
        if waiting is not None:
            waiting.discard(worker)
            if not waiting:
                self.give_up_enquiry(request)

    def _tell_control(self, message: Message) -> None:
        if self._control is not None:
            self._control.send(message)
