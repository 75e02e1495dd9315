"""What is published by changes is what is read whole, by who follows and who begins anew (G-104, G-505, R-13)."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.options import GatewayOptions
from proxy.runtime import GatewayRuntime
from proxy.snapshot.configuration import Configuration
from proxy.snapshot.journal import Journal
from proxy.snapshot.publication import Publication
from proxy.snapshot.store import SnapshotFile, SnapshotState
from routing.spec import RouteSpec
from services.spec import InstanceSpec, ServiceSpec

SERVICES = tuple(
    ServiceSpec(
        id=f"id-{name}",
        name=name,
        instances=(InstanceSpec(id=name, instance_id=name, scheme="http", host="127.0.0.1", port=9),),
    )
    for name in "ab"
)


def a_route(number: int, **fields: Any) -> RouteSpec:
    values = {"path_kind": "prefix", "target_url": "/*", "requires_auth": False, "created_at": float(number), **fields}
    return RouteSpec(id=f"r{number}", service_id="id-a", service_name="a", path_pattern=f"/{number}/*", **values)


BASE = Configuration(revision=1, routes=tuple(map(a_route, range(30))), services=SERVICES)


class Disk:
    """A directory with a publication, a process that follows it, and one that only looks for services."""

    def __init__(self, directory: Path, most_records: int = 4) -> None:
        self.path = directory / "configuration.snapshot"
        self._most_records = most_records
        self.begin_anew()
        self.now = BASE
        self.publication.publish(self.now)
        self.file, self.services = SnapshotFile(self.path), SnapshotFile(self.path, services_only=True)
        self.held, self.services_held = self.file.read_state(), self.services.read_state()
        self.runtime = GatewayRuntime(GatewayOptions(access_log=""))
        self.runtime.apply(self.held.configuration)
        self.read_whole = 0

    def begin_anew(self) -> None:
        """Another control process."""
        self.publication = Publication(self.path, small_bytes=0, most_records=self._most_records)

    def publish(self, **changes: Any) -> str:
        self.now = replace(self.now, revision=self.now.revision + 1, **changes)
        return self.publication.publish(self.now).sha256

    def follow(self, state: str) -> None:
        """What a worker does that is told of a state."""
        self.held = self._followed(self.file, self.held, state)
        self.services_held = self._followed(self.services, self.services_held, state)
        self.runtime.apply(self.held.configuration)

    def _followed(self, file: SnapshotFile, held: SnapshotState, state: str) -> SnapshotState:
        followed = file.follow(held, state)
        self.read_whole += followed is None
        return followed or file.read_state()

    def journal(self) -> Path:
        return Journal(self.path, self.file.header().sha256).path


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


def routes_with(routes: tuple[RouteSpec, ...], number: int, **fields: Any) -> tuple[RouteSpec, ...]:
    kept = [one for one in routes if one.id != f"r{number}"]
    return tuple(sorted([*kept, a_route(number, **fields)], key=lambda one: one.created_at))


def told(runtime: GatewayRuntime) -> dict[str, Any]:
    """What requests meet."""
    snapshot = runtime.snapshot
    compiled = {
        key: (
            route.problem,
            route.spec,
            route.service.spec,
            [getattr(decide, "__qualname__", type(decide).__name__) for decide in route.chain],
        )
        for key, route in snapshot.compiled.items()
    }
    paths = {number: snapshot.table.match("GET", "", b"/%d/x" % number, None, b"", "") for number in range(40)}
    return compiled | {number: found and found[0].spec for number, found in paths.items()} | {
        "problems": snapshot.problems, "revision": snapshot.revision, "caches": snapshot.parts.caches
    }  # fmt: skip


STEPS: dict[str, Callable[[Disk, int], object]] = {
    "a route": lambda disk, number: disk.publish(routes=routes_with(disk.now.routes, number, priority=number)),
    "another": lambda disk, number: disk.publish(routes=routes_with(disk.now.routes, number, rate_limit_rpm=7)),
    "a cached one": lambda disk, number: disk.publish(routes=routes_with(disk.now.routes, number, cache_enabled=True)),
    "a broken one": lambda disk, number: disk.publish(routes=routes_with(disk.now.routes, number, problem="why")),
    "one with a plugin": lambda disk, number: disk.publish(
        routes=routes_with(disk.now.routes, number, plugins={"mirror": {"service": "b"}})
    ),
    "gone": lambda disk, number: disk.publish(routes=tuple(r for r in disk.now.routes if r.id != f"r{number}")),
    "several": lambda disk, number: disk.publish(
        routes=tuple(replace(r, priority=number) if r.id.endswith("3") else r for r in disk.now.routes)
    ),
    "all": lambda disk, number: disk.publish(routes=tuple(replace(r, timeout_seconds=number) for r in disk.now.routes)),
    "a service": lambda disk, number: disk.publish(
        services=(replace(SERVICES[0], rate_limit_rpm=1 + number % 3), SERVICES[1])
    ),
    "a plugin": lambda disk, number: disk.publish(plugins={"request_id": {"enabled": bool(number % 2)}}),
    "the same": lambda disk, number: disk.publish(),
    "an older one": lambda disk, number: disk.publish(routes=BASE.routes, services=BASE.services, plugins={}),
    "tidied": lambda disk, number: disk.publication.tidy(),
    "begun anew": lambda disk, number: disk.begin_anew(),
}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 35), st.booleans()), max_size=15))
def test_g104_following_changes_comes_to_what_reading_all_does(steps):
    with TemporaryDirectory() as directory:
        disk = Disk(Path(directory))
        for name, number, looks in steps:
            STEPS[name](disk, number)
            disk.publication.tidy()
            if looks:
                disk.follow(disk.publication.publish(disk.now).sha256)
                assert disk.held.configuration == disk.now
        disk.follow(disk.publication.publish(disk.now).sha256)
        assert disk.held.configuration == disk.file.read() == SnapshotFile(disk.path).read() == disk.now
        assert disk.services_held.configuration == Configuration(revision=disk.now.revision, services=disk.now.services)
        fresh = GatewayRuntime(GatewayOptions(access_log=""))
        fresh.apply(disk.now)
        assert told(disk.runtime) == told(fresh)


def test_one_change_of_many_routes_is_written_and_read_alone(disk):
    inode, size = disk.path.stat().st_ino, disk.path.stat().st_size
    disk.follow(disk.publish(routes=routes_with(BASE.routes, 7, priority=1)))
    assert disk.read_whole == 0
    assert disk.held.configuration == disk.now
    assert disk.path.stat().st_ino == inode
    assert disk.journal().stat().st_size < size / 10
    assert disk.journal().stat().st_mode & 0o777 == 0o600


def test_who_follows_reads_no_document_that_was_written_whole_only_to_be_read_faster(disk):
    document = disk.file.header()
    for number in range(12):
        disk.follow(disk.publish(routes=routes_with(disk.now.routes, number, priority=number)))
        disk.publication.tidy()
    assert disk.read_whole == 0
    assert disk.held.configuration == disk.now == SnapshotFile(disk.path).read()
    assert disk.file.header() != document, "it was written whole meanwhile"
    assert len(Journal.all_of(disk.path)) <= 2, "those of older documents are gone"


def test_who_has_missed_more_than_that_reads_it_whole(disk):
    for number in range(12):
        state = disk.publish(routes=routes_with(disk.now.routes, number, priority=number))
        disk.publication.tidy()
    disk.follow(state)
    assert disk.read_whole == 2
    assert disk.held.configuration == disk.now


def test_a_control_process_that_begins_goes_on_with_what_the_one_before_has_left(disk):
    state = disk.publish(routes=routes_with(BASE.routes, 7, priority=1))
    inode = disk.path.stat().st_ino
    disk.begin_anew()
    assert disk.publication.publish(disk.now).sha256 == state
    disk.follow(disk.publish(routes=routes_with(disk.now.routes, 8, priority=1)))
    assert (disk.read_whole, disk.path.stat().st_ino) == (0, inode)


def test_one_that_writes_beside_another_does_not_continue_what_is_not_there(disk):
    other = Publication(disk.path, small_bytes=0)
    other.publish(disk.now)
    first = replace(disk.now, revision=2, routes=routes_with(BASE.routes, 1, priority=1))
    second = replace(disk.now, revision=3, routes=routes_with(BASE.routes, 2, priority=2))
    other.publish(first)
    disk.publication.publish(second)
    assert disk.file.read() == second
    other.publish(first)
    assert disk.file.read() == first


def test_r13_every_one_of_200_bit_flips_in_the_journal_is_detected(disk):
    published = [disk.now]
    for number in range(3):
        disk.publish(routes=routes_with(disk.now.routes, number, priority=number))
        published.append(disk.now)
    whole = disk.journal().read_bytes()
    chance = random.Random(7)
    for _ in range(200):
        place = chance.randrange(len(whole))
        disk.journal().write_bytes(
            whole[:place] + bytes([whole[place] ^ 1 << chance.randrange(8)]) + whole[place + 1 :]
        )
        assert disk.file.read() in published[:-1] or disk.file.read() == disk.now, place
    disk.journal().write_bytes(whole)
    assert disk.file.read() == disk.now


@pytest.mark.parametrize("lost", [1, 20, 200])
def test_r13_a_record_that_was_not_written_to_its_end_is_as_if_it_had_not_been_begun(disk, lost):
    disk.publish(routes=routes_with(disk.now.routes, 1, priority=1))
    before = disk.now
    disk.publish(routes=routes_with(disk.now.routes, 2, priority=2))
    whole = disk.journal().read_bytes()
    disk.journal().write_bytes(whole[:-lost])
    assert disk.file.read() == before
    disk.follow(disk.publish(routes=routes_with(disk.now.routes, 3, priority=3)))
    assert disk.held.configuration == disk.now == SnapshotFile(disk.path).read(), "it is written whole then"


def test_r13_a_damaged_document_gives_way_to_the_one_before_with_its_changes(disk):
    for number in range(4):
        disk.publish(routes=routes_with(disk.now.routes, number, priority=number))
    disk.publication.tidy()
    document = disk.path.read_bytes()
    disk.path.write_bytes(document[:-3])
    assert disk.file.read() == disk.now


def test_a_journal_that_a_document_has_left_behind_is_not_taken_for_its_own_when_it_comes_back(disk):
    disk.publish(routes=routes_with(BASE.routes, 1, priority=1))
    left = disk.journal()
    held = left.read_bytes()
    SnapshotFile(disk.path).write(replace(BASE, revision=9))
    left.write_bytes(held)
    SnapshotFile(disk.path).write(BASE)
    assert disk.file.read() == BASE


def test_a_small_document_is_written_whole_each_time(tmp_path):
    publication = Publication(tmp_path / "configuration.snapshot")
    publication.publish(BASE)
    publication.publish(replace(BASE, revision=2))
    assert SnapshotFile(tmp_path / "configuration.snapshot").read().revision == 2
    assert SnapshotFile(tmp_path / "configuration.snapshot.previous").read().revision == 1
    assert not list(tmp_path.glob("*.changes"))
