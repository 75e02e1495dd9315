from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from proxy.metering.series import key
from proxy.node.hub import Hub
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
    Reload,
    Serving,
    Traffic,
    Watch,
    Welcome,
)


@dataclass
class Child:
    """A peer that keeps what it is sent."""

    name: str
    pid: int = 0
    heard: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> None:
        self.heard.append(message)

    def offer(self, message: Message) -> None:
        self.heard.append(message)


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def control(hub: Hub) -> Child:
    child = Child("control")
    hub.control_started(child)
    return child


def serving_worker(hub: Hub, name: str, revision: int) -> Child:
    child = Child(name, pid=100)
    hub.worker_started(child)
    hub.handle(child, Joining(revision, "", 100))
    hub.handle(child, Serving(revision))
    child.heard.clear()
    return child


def test_a_published_document_is_told_to_every_worker_before_control_hears_so(hub: Hub, control: Child) -> None:
    order: list[str] = []
    worker = serving_worker(hub, "worker-1", 1)
    worker.send = lambda message: order.append(f"worker {type(message).__name__}")  # type: ignore[method-assign]
    control.send = lambda message: order.append(f"control {type(message).__name__}")  # type: ignore[method-assign]
    hub.handle(control, Published(2, "b"))
    assert order == ["worker Published", "control Announced"]


def test_a_worker_that_waits_for_the_first_document_is_told_of_it(hub: Hub, control: Child) -> None:
    worker = Child("worker-1")
    hub.worker_started(worker)
    hub.handle(control, Published(1, "a"))
    assert worker.heard == [Published(1, "a")]


def test_g104_a_joining_worker_counts_before_it_is_welcome_and_hears_what_it_missed(hub: Hub, control: Child) -> None:
    hub.handle(control, Published(6, "f"))
    control.heard.clear()
    worker = Child("worker-2", pid=7)
    hub.worker_started(worker)
    hub.handle(worker, Joining(5, "e", 7))
    assert control.heard == [Serving(5, "worker-2", 7)]
    assert worker.heard == [Welcome(6, "f")]


def test_without_a_publisher_a_worker_is_welcome_with_what_it_has(hub: Hub) -> None:
    worker = Child("worker-1")
    hub.worker_started(worker)
    hub.handle(worker, Joining(5, "e", 7))
    assert worker.heard == [Welcome()]


def test_a_new_control_process_learns_who_serves_what(hub: Hub, control: Child) -> None:
    serving_worker(hub, "worker-1", 4)
    hub.gone(control)
    successor = Child("control.1")
    hub.control_started(successor)
    assert successor.heard == [Serving(4, "worker-1", 100)]


def test_a_late_end_of_the_old_control_process_does_not_silence_the_new_one(hub: Hub, control: Child) -> None:
    successor = Child("control.1")
    hub.control_started(successor)
    hub.gone(control)
    hub.handle(successor, Published(1, "a"))
    assert successor.heard == [Announced(1)]


def test_refusals_and_ends_are_passed_on_with_the_name(hub: Hub, control: Child) -> None:
    worker = serving_worker(hub, "worker-1", 1)
    control.heard.clear()
    hub.handle(worker, Refused(2, "bad regex"))
    hub.gone(worker)
    assert control.heard == [Refused(2, "bad regex", "worker-1"), Gone("worker-1")]


def test_figures_are_summed_over_the_living_and_the_dead(hub: Hub, control: Child) -> None:
    dead, living = serving_worker(hub, "worker-1", 1), serving_worker(hub, "worker-2", 1)
    hub.handle(dead, Figures({"requests": [10]}, gauges={"in_flight": 3}))
    hub.gone(dead)
    control.heard.clear()
    hub.handle(control, AskFigures(1))
    assert living.heard == [AskFigures(1)]
    hub.handle(living, Figures({"requests": [5]}, request=1, gauges={"in_flight": 1}))
    assert answers(control) == [({"requests": [15]}, {"in_flight": 1}, None, False)]


def answers(control: Child) -> list[tuple[object, ...]]:
    heard = [message for message in control.heard if isinstance(message, NodeFigures)]
    return [(message.counters, message.gauges, message.hour, message.more) for message in heard]


def test_many_figures_are_answered_in_pieces_and_the_last_has_the_gauges(hub: Hub, control: Child) -> None:
    worker = serving_worker(hub, "worker-1", 1)
    hub.handle(worker, Figures({f"key {number}": [number] for number in range(1201)}))
    hub.handle(control, AskFigures(1))
    control.heard.clear()
    hub.handle(worker, Figures({}, request=1, gauges={"in_flight": 1}))
    pieces = answers(control)
    assert [(len(counters), gauges, more) for counters, gauges, _hour, more in pieces] == [  # type: ignore[arg-type]
        (500, {}, True),
        (500, {}, True),
        (201, {"in_flight": 1}, False),
    ]
    assert len({message.run for message in control.heard if isinstance(message, NodeFigures)}) == 1


def test_g263_figures_are_told_by_the_hour_they_fell_into() -> None:
    now = 7200.0
    hub = Hub(clock=lambda: now)
    control = Child("control")
    hub.control_started(control)
    worker = serving_worker(hub, "worker-1", 1)
    hub.handle(worker, Figures({"requests": [10]}))
    now = 10_800.5
    hub.handle(worker, Figures({"requests": [13]}))
    for number, after in ((1, 1), (2, 2)):
        hub.handle(control, AskFigures(number, after))
        hub.handle(worker, Figures({}, request=number))
    asked = [(counters, hour) for counters, _gauges, hour, _more in answers(control)]
    assert asked == [({"requests": [10]}, 2), ({"requests": [3]}, 3), ({"requests": [3]}, 3)]


def test_sums_of_services_are_answered_without_asking_any_worker(hub: Hub, control: Child) -> None:
    worker = serving_worker(hub, "worker-1", 1)
    hub.handle(worker, Figures({key("reply", "r", "s", "GET", "500", "ok"): [2]}, gauges={"in_flight": 3}))
    worker.heard.clear()
    hub.handle(control, AskFigures(1, by_service=True))
    assert worker.heard == []
    ((counters, gauges, _hour, more),) = answers(control)
    assert (list(counters), gauges, more) == ([key("service", "s")], {}, False)  # type: ignore[call-overload]


def test_gauges_alone_are_asked_of_the_workers_and_answered_without_counters(hub: Hub, control: Child) -> None:
    worker = serving_worker(hub, "worker-1", 1)
    hub.handle(worker, Figures({f"key {number}": [number] for number in range(1201)}))
    control.heard.clear()
    hub.handle(control, AskFigures(1, gauges_only=True))
    assert worker.heard == [AskFigures(1, gauges_only=True)]
    hub.handle(worker, Figures({"requests": [5]}, request=1, gauges={"in_flight": 1}))
    assert answers(control) == [({}, {"in_flight": 1}, None, False)]


def test_figures_wait_for_no_worker_that_dies_or_is_stuck(hub: Hub, control: Child) -> None:
    dying, stuck = serving_worker(hub, "worker-1", 1), serving_worker(hub, "worker-2", 1)
    hub.handle(stuck, Figures({"requests": [2]}))
    hub.handle(control, AskFigures(9))
    hub.gone(dying)
    control.heard.clear()
    hub.give_up_enquiry(9)
    hub.give_up_enquiry(9)
    assert answers(control) == [({"requests": [2]}, {}, None, False)]


def test_figures_of_a_node_without_workers_are_answered_at_once(hub: Hub, control: Child) -> None:
    hub.handle(control, AskFigures(1))
    assert answers(control) == [({}, {}, None, False)]


def test_a_reload_reaches_all(hub: Hub, control: Child) -> None:
    worker = serving_worker(hub, "worker-1", 1)
    control.heard.clear()
    hub.broadcast(Reload())
    assert worker.heard == control.heard == [Reload()]


def test_g208_the_prober_hears_what_is_published_and_its_checks_reach_the_control_process(
    hub: Hub, control: Child
) -> None:
    prober = Child("prober")
    hub.prober_started(prober)
    hub.handle(control, Published(3, "c"))
    hub.broadcast(Reload())
    assert prober.heard == [Published(3, "c"), Reload()]
    control.heard.clear()
    hub.handle(prober, Checked({"id": 1.5}))
    hub.gone(prober)
    hub.handle(control, Published(4, "d"))
    assert control.heard == [Checked({"id": 1.5}), Announced(4)]
    assert len(prober.heard) == 2


def test_what_is_watched_is_asked_of_every_worker_and_goes_to_control(hub: Hub, control: Child) -> None:
    workers = [serving_worker(hub, f"worker-{number}", 1) for number in (1, 2)]
    control.heard.clear()
    hub.handle(control, Watch([]))
    assert [worker.heard for worker in workers] == [[Watch([])]] * 2
    hub.handle(workers[0], Traffic([]))
    hub.ending()
    assert control.heard == [Traffic([]), Ending()]
    hub.gone(control)
    hub.handle(workers[0], Traffic([]))
    assert len(control.heard) == 2
