"""The store, in own memory and in a file that processes share: what is kept, refused, forgotten, evicted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import lmdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_project.rest.purging import Purge, PurgeFailedError
from proxy.caching.age import Moment
from proxy.caching.cache_control import CacheControl
from proxy.caching.description import Asker, Source, describe
from proxy.caching.entry import Entry, body_of, described, encode
from proxy.caching.own_shelf import OwnShelf
from proxy.caching.purge import concerns, purger
from proxy.caching.record import REPLY, address, flight
from proxy.caching.reply_store import LEASE_SECONDS, Question, ReplyStore
from proxy.caching.shared_shelf import SharedShelf
from proxy.caching.shelf import Shelf, walk

MIB = 1024 * 1024
QUESTION = Question(b"a" * 16, b"r", b"", [(b"lang", b"de")])


@pytest.fixture(params=["own", "shared"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path):
    found: Shelf = OwnShelf(2 * MIB) if request.param == "own" else SharedShelf(tmp_path / "s", 4 * MIB)
    yield found
    found.close()


@pytest.fixture
def store(shelf: Shelf) -> ReplyStore:
    return ReplyStore(lambda: shelf)


def entry(route_id: str = "r1", path: bytes = b"/x", steady: float = 0.0, **fields: Any) -> Entry:
    headers = [(b"cache-control", b"max-age=60"), (b"cache-tag", b"t1, t2"), (b"x", b"1")]
    source, asker = Source(route_id, 9, path), Asker(CacheControl(), False, False)
    found = describe(source, asker, 200, b"OK", headers, 1000.0, Moment(1000.0, steady))
    assert found is not None
    return found.entry if not fields else type(found.entry)(**{**as_dict(found.entry), **fields})


def as_dict(found: Entry) -> dict[str, Any]:
    return {name: getattr(found, name) for name in found.__struct_fields__}


def keep(store: ReplyStore, question: Question = QUESTION, body: bytes = b"body", now: float = 1.0, **fields: Any):
    names = fields.pop("names", ())
    ticket = store.claim(question, now, alone=False)
    found = entry(body_bytes=len(body), steady=now, **fields)
    return store.put(question, ticket, found, body, names, now)


def body(store: ReplyStore, question: Question = QUESTION, now: float = 2.0) -> bytes | None:
    found = store.find(question, now)
    return found[1] if found else None


def test_what_is_put_is_found(store: ReplyStore) -> None:
    assert body(store) is None
    assert keep(store)
    assert body(store) == b"body"
    assert body(store, QUESTION._replace(route=b"other")) is None
    assert body(store, QUESTION._replace(address=b"b" * 16)) is None


def test_4_1_each_variant_is_found_by_the_requests_that_match_it(store: ReplyStore) -> None:
    english = QUESTION._replace(headers=[(b"lang", b"en")])
    keep(store, names=(b"lang",))
    assert body(store, english) is None
    assert keep(store, english, b"english", names=(b"lang",))
    assert (body(store), body(store, english)) == (b"body", b"english")
    assert keep(store, body=b"by both", names=(b"other",))
    assert (body(store), body(store, english)) == (b"by both", None)


def test_c2_a_callers_own_reply_is_his_alone_and_comes_before_alls(store: ReplyStore) -> None:
    ann, bob = QUESTION._replace(caller=b"ann"), QUESTION._replace(caller=b"bob")
    keep(store, ann, b"for ann")
    assert (body(store, ann), body(store, bob), body(store)) == (b"for ann", None, None)
    keep(store, body=b"for all")
    assert (body(store, ann), body(store, bob), body(store)) == (b"for ann", b"for all", b"for all")


def test_4_4_what_is_invalidated_is_gone_and_so_is_what_was_being_fetched(store: ReplyStore) -> None:
    keep(store, names=(b"lang",))
    keep(store, QUESTION._replace(caller=b"ann"), names=(b"lang",))
    ticket = store.claim(QUESTION, 2.0)
    store.invalidate([QUESTION.address], 3.0)
    assert body(store) is None
    assert body(store, QUESTION._replace(caller=b"ann")) is None
    assert not store.put(QUESTION, ticket, entry(body_bytes=3), b"old", (), 4.0)
    assert body(store) is None
    assert keep(store, body=b"new")
    assert body(store) == b"new"
    store.invalidate([b"never heard of!!"], 5.0)
    assert body(store) == b"new"


@pytest.mark.parametrize(
    ("what", "left"),
    [
        (Purge(), []),
        (Purge(route_id="r1"), [b"/b/1"]),
        (Purge(path="/a/*"), [b"/b/1"]),
        (Purge(path="/a/1"), [b"/a/2", b"/b/1"]),
        (Purge(path="*1"), [b"/a/2"]),
        (Purge(path="/a/."), [b"/a/1", b"/a/2", b"/b/1"]),
        (Purge(tag="t2"), [b"/b/1"]),
        (Purge(tag="t"), [b"/a/1", b"/a/2", b"/b/1"]),
    ],
)
def test_g405_purges_by_route_path_and_tag(store: ReplyStore, what: Purge, left: list[bytes]) -> None:
    paths = {b"/a/1": "r1", b"/a/2": "r1", b"/b/1": "r2"}
    for path, route_id in paths.items():
        question = QUESTION._replace(address=path.ljust(16))
        tags = (b"t1", b"t2") if route_id == "r1" else (b"t3",)
        assert keep(store, question, path, route_id=route_id, path=path, tags=tags)
    assert purger(store)(what) == len(paths) - len(left)
    assert [path for path in paths if body(store, QUESTION._replace(address=path.ljust(16)))] == left


def test_g405_a_purge_refuses_what_is_being_fetched(store: ReplyStore) -> None:
    ticket = store.claim(QUESTION, 1.0)
    assert store.purge(concerns(Purge(tag="t1"))) == 0
    assert not store.put(QUESTION, ticket, entry(body_bytes=3), b"old", (), 2.0)
    store.release(ticket, 2.0)
    assert keep(store)


def test_c4_one_leads_the_others_wait_until_it_is_done_or_silent(store: ReplyStore) -> None:
    leader, follower = store.claim(QUESTION, 1.0), store.claim(QUESTION, 1.5)
    assert (leader.state, follower.state) == ("free", "held")
    assert leader.flight == follower.flight
    assert store.state(leader.flight, 1.0 + LEASE_SECONDS - 0.1) == "held"
    store.renew(leader, 2.0)
    assert store.state(leader.flight, 1.0 + LEASE_SECONDS + 0.1) == "held"
    assert store.state(leader.flight, 2.0 + LEASE_SECONDS) == "free"
    second = store.claim(QUESTION, 2.0 + LEASE_SECONDS)
    assert second.leads
    store.release(leader, 6.0)  # too late: it is another's now
    assert store.state(leader.flight, 6.0) == "held"
    store.release(second, 6.0)
    assert store.state(leader.flight, 6.0) == "free"


def test_c4_after_a_reply_that_may_not_be_kept_nobody_waits_for_a_while(store: ReplyStore) -> None:
    store.release(store.claim(QUESTION, 1.0), 1.0, pass_seconds=10.0)
    assert store.claim(QUESTION, 2.0).state == "passing"
    assert keep(store, now=3.0)
    assert store.state(store.claim(QUESTION, 3.0).flight, 3.0) == "held"


def test_c4_a_crowded_store_lets_go_of_what_ends_first_and_stays_within_its_room(
    store: ReplyStore, shelf: Shelf
) -> None:
    for number in range(600):
        question = QUESTION._replace(address=b"%016d" % number)
        assert keep(store, question, b"x" * 10_000, now=1.0 + number)
    with shelf.read() as transaction:
        kept = sum(1 for _ in walk(shelf, transaction, REPLY))
    assert 100 < kept < 400
    assert body(store, QUESTION._replace(address=b"%016d" % 599)) is not None
    newer = sum(body(store, QUESTION._replace(address=b"%016d" % number)) is not None for number in range(500, 600))
    older = sum(body(store, QUESTION._replace(address=b"%016d" % number)) is not None for number in range(100))
    assert newer > older


def test_what_has_ended_is_removed_in_passing(store: ReplyStore, shelf: Shelf) -> None:
    for number in range(100):
        keep(store, QUESTION._replace(address=b"%016d" % number), now=1.0)
    for _ in range(40):
        keep(store, now=100_000.0)
    with shelf.read() as transaction:
        assert sum(1 for _ in walk(shelf, transaction, REPLY)) <= 2


def test_an_entry_too_big_for_what_is_free_starts_the_store_anew(tmp_path: Path) -> None:
    store = ReplyStore(lambda: SharedShelf(tmp_path / "s", MIB))
    keep(store)
    assert not keep(store, QUESTION._replace(address=b"b" * 16), b"x" * 2 * MIB)
    assert keep(store, QUESTION._replace(address=b"c" * 16))
    store.close()


@given(st.binary(max_size=200))
def test_random_bytes_are_no_entry_and_break_no_record(value: bytes) -> None:
    assert described(value) is None
    address(value)
    assert flight(value, 0.0)[0] in ("free", "held", "passing")


def test_a_changed_byte_of_the_description_makes_it_a_miss_and_the_body_is_told_by_its_length() -> None:
    whole = encode(entry(body_bytes=4), b"body")
    found = described(whole)
    assert found is not None
    assert body_of(whole, found) == b"body"
    assert described(whole[:-1]) is None
    assert described(whole + b"x") is None
    for place in range(16, len(whole) - 4):
        assert described(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]) is None


def test_random_bytes_in_place_of_an_entry_are_a_miss(store: ReplyStore, shelf: Shelf) -> None:
    keep(store)
    with shelf.read() as transaction:
        keys = [key for key, _value in walk(shelf, transaction, REPLY)]
    with shelf.write() as transaction:
        for key in keys:
            transaction.put(key, b"\xff" * 300)
    assert body(store) is None
    assert keep(store, now=50.0)
    assert body(store, now=51.0) == b"body"


class Broken:
    """A shelf that fails as a full or vanished file system does."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def fail(*_: object) -> Any:
            raise lmdb.DiskError("no space left")

        return fail

    def close(self) -> None:
        """Fine."""


def test_a_broken_store_is_a_miss_that_nobody_waits_for_and_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    shelves: list[Any] = [Broken(), Broken(), OwnShelf(MIB)]
    store = ReplyStore(lambda: shelves.pop(0))
    assert store.find(QUESTION, 1.0) is None
    ticket = store.claim(QUESTION, 2.0)
    assert ticket.state == "passing"
    assert not store.put(QUESTION, ticket, entry(body_bytes=1), b"x", (), 3.0)
    store.invalidate([QUESTION.address], 4.0)
    assert store.state(b"f", 12.0) == "passing"
    assert len(caplog.records) == 1
    assert keep(store, now=40.0)
    assert body(store, now=41.0) == b"body"


def test_a_purge_that_cannot_be_done_says_so() -> None:
    with pytest.raises(PurgeFailedError):
        purger(ReplyStore(Broken))(Purge())
