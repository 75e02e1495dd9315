"""The control process: REST API and console on a Unix socket, and the publisher. Imported after `django.setup()`."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket

from django.conf import settings

from gateway_project.rest import figures, purging
from proxy.caching.purge import purger
from proxy.caching.response_cache import shared_store
from proxy.explain import live
from proxy.explain.live import Live
from proxy.node.channel import Channel
from proxy.node.control.duties import Duties
from proxy.node.control.enquiry import FiguresEnquiry
from proxy.node.control.figures import NodeFiguresSource
from proxy.node.control.instance_health import InstanceHealth
from proxy.node.control.instance_keeper import InstanceKeeper
from proxy.node.control.publisher import Publisher
from proxy.node.control.roster import Roster
from proxy.node.control.server import inherited_socket, make_server
from proxy.node.control.service_circuits import ServiceCircuits
from proxy.node.messages import Checked, Drain, Ending, Message, NodeFigures, Reload, Traffic, Watch
from proxy.node.plan import ChildPlan
from proxy.snapshot.publication import Publication
from proxy.state.boards import board_in
from proxy.state.counters import counters_in
from proxy.traffic import feed, own_listener
from revisions import in_force
from services import circuits, observed

FIRST_TURN_SECONDS = 1.0
"""How long the API waits for the first publication; a database that hangs must not keep /health from saying so."""
FIRST_LOAD_SECONDS = 20.0
"""As long, where the database has answered: the first of very many routes goes before the views, which take a core."""

logger = logging.getLogger("gateway.node")


class ControlProcess:
    """One control process, from its plan to its exit code."""

    def __init__(self, plan: ChildPlan) -> None:
        self._plan = plan
        self._roster = Roster()
        self._enquiry = FiguresEnquiry(self._send)
        self._figures = NodeFiguresSource(self._enquiry, settings.GATEWAY_ROLLUP_DAYS)
        board = board_in(plan.counters)  # one for all: a process opens an LMDB environment once
        self._replies = shared_store(plan.counters, plan.options)
        self._live = Live(counters_in(plan.counters), board, self._replies)
        self._circuits = ServiceCircuits(board, self._figures.gauges, lambda call: call())
        self._traffic = feed.Feed(lambda wanted: self._send(Watch(list(wanted))), settings.GATEWAY_TRAFFIC_WATCHERS)
        self._publisher = Publisher(Publication(plan.snapshot), self._send)
        self._instances = InstanceHealth(board)
        self._keeper = InstanceKeeper(self._instances)
        self._duties = Duties()
        self._stopping = asyncio.Event()

    async def run(self) -> int:
        """Until told to drain."""
        self._loop = asyncio.get_running_loop()
        self._channel = await Channel.open(socket.socket(fileno=self._plan.channel))
        self._roster.belongs_to_this_thread()
        self._loop.add_signal_handler(signal.SIGTERM, self._stopping.set)
        self._loop.add_signal_handler(signal.SIGINT, lambda: None)  # the supervisor decides what Ctrl-C means
        self._register()
        self._publisher.watch.start()
        self._figures.writer.start()
        self._keeper.start()
        self._duties.start()
        listening = asyncio.create_task(self._listen())
        watching = asyncio.create_task(self._traffic.renewing())
        await self._serve()
        watching.cancel()
        await asyncio.to_thread(self._figures.writer.close)
        await asyncio.to_thread(self._duties.close)
        listening.cancel()
        self._keeper.close()
        self._publisher.watch.close()
        return 0

    def _register(self) -> None:
        in_force.register(self._roster.wait)
        in_force.register_workers(self._roster.workers)
        in_force.on_commit(self._publisher.watch.notify)
        figures.register(self._figures)
        purging.register(purger(self._replies))
        live.register(self._live)
        feed.register(self._traffic)
        own_listener.register(self._plan.traffic)
        circuits.register(self._circuits)
        observed.register(self._instances)

    async def _serve(self) -> None:
        # One after the other, each off the loop: modules that import each other must not be imported by two threads
        # at once, and workers that wait for the first document must not wait for the views.
        await asyncio.to_thread(self._first_turn)
        server = await asyncio.to_thread(make_server, self._plan)
        serving = asyncio.create_task(server.serve([inherited_socket(self._plan.listeners[0].descriptor)]))
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving

    def _first_turn(self) -> None:
        watch = self._publisher.watch
        if not watch.tried.wait(FIRST_TURN_SECONDS) and watch.reached.is_set():
            watch.tried.wait(FIRST_LOAD_SECONDS)

    async def _listen(self) -> None:
        while (message := await self._channel.receive()) is not None:
            self._hear(message)
        os._exit(1)  # the supervisor is gone: no answer could reach anybody, and an open transaction rolls back

    def _hear(self, message: Message) -> None:
        match message:
            case NodeFigures():
                self._enquiry.hear(message)
            case Checked(times):
                self._instances.checked(times)
            case Traffic(shown, skipped):
                self._traffic.hear(shown, skipped)
            case Reload():
                self._publisher.reload()
            case Ending():
                self._traffic.end()
            case Drain():
                self._traffic.end()
                self._stopping.set()
            case _:
                self._roster.hear(message)

    def _send(self, message: Message) -> None:
        """From any thread."""
        self._loop.call_soon_threadsafe(self._channel.send, message)
