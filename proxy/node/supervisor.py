"""The supervisor: binds the sockets, keeps the children alive, relays their news, minds the signals.

SIGTERM, SIGINT: workers finish what runs, then the control process, then exit 0; a second signal kills.
SIGHUP: publish again, read again, reopen logs. SIGUSR2: replace the children one after another, so that new code comes
into force while requests go on. It needs no Django and opens no database.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace

from proxy.node import group_signals
from proxy.node.binding import BindError, bind, parse_address, reached_at, url_of
from proxy.node.child import Child
from proxy.node.counter_directory import counter_directory
from proxy.node.hub import Hub
from proxy.node.messages import AskFigures, Message, Reload
from proxy.node.place import GRACE_SECONDS, Place
from proxy.node.plan import ChildPlan, ListenerPlan, NodePlan, Surface
from proxy.node.rolling_restart import RollingRestart
from proxy.node.run_directory import RunDirectory
from proxy.transport.target_guard import listener_of

ENQUIRY_SECONDS = 0.3
"""How long workers may take to report their figures before the answer is given without the late ones."""
CONTROL_DRAIN_SECONDS = 5.0
SAME_SIGNAL_SECONDS = 0.3

logger = logging.getLogger("gateway.node")


@dataclass(frozen=True, slots=True)
class Modules:
    """What the children run; tests put stand-ins here."""

    control: str = "proxy.node.control"
    worker: str = "proxy.node.worker"
    prober: str = "proxy.node.prober"


def run(plan: NodePlan, modules: Modules = Modules()) -> int:
    """Run a node until it is told to stop; the exit code.

    Raises `binding.BindError` or `run_directory.NodeRunning` before anything is started.
    """
    group_signals.leave_to_supervisor()  # which comes a moment after it can be told
    with RunDirectory(plan.state_directory) as run_directory, counter_directory(plan.state_directory) as counters:
        listeners = _bind_all(plan)
        control_path, control_socket = run_directory.listen()
        supervisor = Supervisor(plan, modules, listeners, str(control_path), control_socket, counters)
        try:
            return asyncio.run(supervisor.run())
        finally:
            for sock in [control_socket, *(sock for sock, _surface in listeners)]:
                sock.close()


def _bind_all(plan: NodePlan) -> list[tuple[socket.socket, Surface]]:
    bound: list[tuple[socket.socket, Surface]] = []
    main: Surface = "traffic" if plan.admin_binds else "all"
    wanted: list[tuple[str, Surface]] = [(text, main) for text in plan.binds]
    wanted += [(text, "control") for text in plan.admin_binds]
    try:
        for text, surface in wanted:
            bound += [(sock, surface) for sock in _bound(text, surface)]
    except BaseException:
        for sock, _surface in bound:
            sock.close()
        raise
    return bound


def _bound(text: str, surface: Surface) -> list[socket.socket]:
    """Raises `BindError`, which names the setting of an address that nobody may have asked for."""
    try:
        return bind(parse_address(text))
    except BindError as problem:
        if surface != "control":
            raise
        raise BindError(f"{problem} (API and console: --admin-bind or GATEWAY_ADMIN_BIND)") from None


def _not_for_targets(listeners: list[tuple[socket.socket, Surface]]) -> list[str]:
    """Listeners that serve the control plane: no instance may have such an address (edge rule A5)."""
    return [listener_of(*sock.getsockname()[:2]) for sock, surface in listeners if surface != "traffic"]


def _traffic_of(listeners: list[tuple[socket.socket, Surface]]) -> tuple[str, int] | None:
    """Where the first of those that serve traffic is reached."""
    return next((reached_at(sock) for sock, surface in listeners if surface != "control"), None)


class Supervisor:
    """The running node."""

    def __init__(
        self,
        plan: NodePlan,
        modules: Modules,
        listeners: list[tuple[socket.socket, Surface]],
        control_path: str,
        control_socket: socket.socket,
        counters: str = "",
    ) -> None:
        self._plan = plan
        self._listeners = listeners
        self._options = replace(
            plan.options, denied_targets=(*plan.options.denied_targets, *_not_for_targets(listeners))
        )
        self._control_path = control_path
        self._control_socket = control_socket
        self._counters = counters
        self._modules = modules
        self._hub = Hub(self._note_serving)
        self._signals: asyncio.Queue[signal.Signals] = asyncio.Queue()
        self._is_ready = False
        self._exit_code = 0

    async def run(self) -> int:
        """Until a signal or a hopeless start; the exit code."""
        self._mind_signals()
        control = self._control_place()
        prober = self._place("prober", self._modules.prober, (), self._hub.prober_started, is_needed=False)
        workers = [self._worker_place(number) for number in range(1, self._plan.workers + 1)]
        others = [control, prober]
        keeping = [asyncio.create_task(place.keep(), name=f"keep {place.name}") for place in [*others, *workers]]
        restarts = RollingRestart(others, workers, self._plan.options.drain_seconds)
        await self._stop_asked(keeping, restarts)
        restarts.give_up()
        await self._shut_down(others, workers)
        for outcome in await asyncio.gather(*keeping, return_exceptions=True):
            if isinstance(outcome, BaseException):
                logger.critical("the supervisor failed", exc_info=outcome)
        logger.info("gateway stopped")
        return self._exit_code

    def _mind_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR2):
            loop.add_signal_handler(number, self._signals.put_nowait, number)

    async def _stop_asked(self, keeping: list[asyncio.Task[None]], restarts: RollingRestart) -> None:
        """Returns on a signal to stop, or when a place is no longer kept."""
        while True:
            asked = asyncio.create_task(self._signals.get())
            await asyncio.wait([asked, *keeping], return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                asked.cancel()
                self._exit_code = 1
                return
            match asked.result():
                case signal.SIGHUP:
                    logger.info("reloading")
                    self._hub.broadcast(Reload())
                case signal.SIGUSR2:
                    restarts.begin()
                case _:
                    return

    async def _shut_down(self, others: list[Place], workers: list[Place]) -> None:
        logger.info("stopping: running requests have %g s", self._plan.options.drain_seconds)
        for place in [*others, *workers]:
            place.vacate()
        self._hub.ending()
        second = asyncio.create_task(self._second_signal())
        drained = asyncio.create_task(self._drain(others, workers))
        await asyncio.wait([second, drained], return_when=asyncio.FIRST_COMPLETED)
        second.cancel()
        drained.cancel()
        for place in [*others, *workers]:
            place.kill()

    async def _drain(self, others: list[Place], workers: list[Place]) -> None:
        """Workers first: what they finish may need the control process."""
        for places, seconds in ((workers, self._plan.options.drain_seconds), (others, CONTROL_DRAIN_SECONDS)):
            for place in places:
                place.drain(seconds)
            try:
                async with asyncio.timeout(seconds + GRACE_SECONDS):
                    for place in places:
                        await place.ended()
            except TimeoutError:
                logger.warning("requests still ran after %g s and were cut off", seconds)
                for place in places:
                    place.kill()

    async def _second_signal(self) -> None:
        """Whoever sends one signal to a process and its group (`timeout`, a terminal) has sent one, not two."""
        await asyncio.sleep(SAME_SIGNAL_SECONDS)
        while not self._signals.empty():
            self._signals.get_nowait()
        while await self._signals.get() in (signal.SIGHUP, signal.SIGUSR2):
            pass
        logger.warning("second signal: stopping at once")
        self._exit_code = 1

    def _control_place(self) -> Place:
        listener = ListenerPlan(self._control_socket.fileno(), "control")
        return self._place("control", self._modules.control, (listener,), self._hub.control_started)

    def _worker_place(self, number: int) -> Place:
        listeners = tuple(ListenerPlan(sock.fileno(), surface) for sock, surface in self._listeners)
        return self._place(f"worker-{number}", self._modules.worker, listeners, self._hub.worker_started)

    def _place(
        self,
        name: str,
        module: str,
        listeners: tuple[ListenerPlan, ...],
        on_started: Callable[[Child], None],
        *,
        is_needed: bool = True,
    ) -> Place:
        def plan(child_name: str, channel: int) -> ChildPlan:
            return ChildPlan(
                name=child_name,
                channel=channel,
                snapshot=str(self._plan.snapshot_path),
                control_socket=self._control_path,
                listeners=listeners,
                server=self._plan.server,
                options=self._options,
                counters=self._counters,
                traffic=_traffic_of(self._listeners),
            )

        def on_gone(child: Child) -> None:
            self._hub.gone(child)
            if is_needed:
                self._give_up_if_hopeless(place)

        place = Place(name, module, plan, on_started=on_started, on_message=self._take, on_gone=on_gone)
        return place

    def _take(self, child: Child, message: Message) -> None:
        self._hub.handle(child, message)
        if isinstance(message, AskFigures):
            asyncio.get_running_loop().call_later(ENQUIRY_SECONDS, self._hub.give_up_enquiry, message.request)

    def _give_up_if_hopeless(self, place: Place) -> None:
        """Before the node has ever served, a place that cannot be filled ends it; later it is tried for ever."""
        if not self._is_ready and place.policy.is_hopeless:
            logger.critical("%s cannot be started; see the lines above", place.name)
            place.vacate()

    def _note_serving(self, serving: dict[str, int]) -> None:
        if not self._is_ready and len(serving) >= self._plan.workers:
            self._is_ready = True
            urls = ", ".join(dict.fromkeys(url_of(sock) for sock, _surface in self._listeners))
            count = f"{self._plan.workers} worker{'s' if self._plan.workers != 1 else ''}"
            logger.info("gateway listening on %s · %s · revision %d", urls, count, min(serving.values()))
