"""What a worker remembers of the shelf never differs from what is on the shelf."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.caching import recent
from proxy.caching.own_shelf import OwnShelf
from proxy.caching.recent import Recent
from proxy.caching.reply_store import Question, ReplyStore
from proxy.caching.shared_shelf import SharedShelf
from proxy.caching.shelf import Shelf
from tests.unit.caching.test_reply_store import MIB, keep

ADDRESSES = (b"a" * 16, b"b" * 16)
CALLERS = (b"", b"ann")
NAMES = ((), (b"lang",))

questions = st.builds(
    Question,
    st.sampled_from(ADDRESSES),
    st.just(b"r"),
    st.sampled_from(CALLERS),
    st.sampled_from(([], [(b"lang", b"de")], [(b"lang", b"en")])),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("find"), questions),
        st.tuples(st.just("keep"), questions, st.sampled_from(NAMES), st.binary(max_size=3)),
        st.tuples(st.just("invalidate"), st.sampled_from(ADDRESSES)),
        st.tuples(st.just("purge")),
    ),
    max_size=25,
)


def take(step: tuple[Any, ...], store: ReplyStore, plain: ReplyStore, now: float) -> None:
    match step:
        case "find", question:
            for _again in range(2):
                assert store.find(question, now) == plain.find(question, now)
            plain._recent.clear()
        case "keep", question, names, body:
            keep(store, question, body, now, names=names)
        case "invalidate", address:
            store.invalidate([address], now)
        case "purge", *_:
            store.purge(lambda entry: True)


@given(st.lists(st.tuples(st.integers(0, 1), steps), max_size=3), st.booleans())
def test_c1_c4_a_worker_finds_what_a_newcomer_would_whoever_wrote_last(turns, is_shared):
    with TemporaryDirectory() as directory:

        def opened() -> Shelf:
            return SharedShelf(Path(directory) / "s", 4 * MIB) if is_shared else OwnShelf(2 * MIB)

        shelf = opened()
        workers, newcomer = (ReplyStore(lambda: shelf), ReplyStore(lambda: shelf)), ReplyStore(lambda: shelf)
        now = 1.0
        for turn, some in turns:
            for step in some:
                now += 0.001
                take(step, workers[turn], newcomer, now)
        shelf.close()


@pytest.mark.parametrize("name", ["own", "shared"])
def test_every_write_of_whoever_writes_is_another_version(name, tmp_path):
    shelf: Shelf = OwnShelf(2 * MIB) if name == "own" else SharedShelf(tmp_path / "s", 4 * MIB)
    seen = {shelf.version()}
    for _ in range(3):
        with shelf.write() as transaction:
            transaction.put(b"key", b"value")
        seen.add(shelf.version())
    with shelf.write() as transaction:
        transaction.delete(b"key")
    seen.add(shelf.version())
    with shelf.write() as transaction:
        transaction.put(b"key", b"value")
    shelf.clear()
    seen.add(shelf.version())
    assert len(seen) == 6
    with shelf.read() as transaction:
        transaction.get(b"key")
    assert shelf.version() in seen
    shelf.close()


def test_what_it_holds_is_bounded(monkeypatch):
    monkeypatch.setattr(recent, "MOST_BYTES", 1000)
    monkeypatch.setattr(recent, "MOST_REPLIES", 20)
    held = Recent()
    entry: Any = object()
    for place in range(200):
        held.find(1, (b"%d" % place, b"", b""))
        held.keep((b"%d" % place, b"", b""), (), b"%d" % (place % 3), (entry, b"x" * (place % 90)))
        bodies = [reply[1] for found in held._found.values() for reply in found.replies.values()]
        assert sum(map(len, bodies)) <= 1000
        assert len(bodies) <= 20
    held.keep((b"long", b"", b""), (), b"", (entry, b"x" * (recent.LONGEST + 1)))
    assert held.find(1, (b"long", b"", b"")) is None
    assert held.find(2, (b"199", b"", b"")) is None
