"""The frame tracker against frames made by hand, cut anywhere (RFC 6455 section 5.2)."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.forwarding.websocket_frames import FrameTracker, close_frame
from tests.common.websocket import BINARY, CLOSE, CONTINUATION, MASK, PING, TEXT, close, frame

sizes = st.sampled_from([0, 1, 2, 125, 126, 127, 300, 65535, 65536, 70_000])
frames = st.builds(
    lambda size, opcode, fin, mask, reserved: frame(bytes(size), opcode, fin=fin, mask=mask, reserved=reserved),
    sizes,
    st.integers(0, 15).filter(lambda opcode: opcode != CLOSE),
    st.booleans(),
    st.sampled_from([b"", MASK]),
    st.integers(0, 7),
)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[a:b] for a, b in itertools.pairwise(places)]


@given(st.lists(frames, min_size=1, max_size=6), st.lists(st.integers(0, 10**6), max_size=12))
def test_whatever_the_frames_are_and_however_they_are_cut_all_bytes_pass_in_whole_headers(sent, cuts):
    tracker, passed, whole = FrameTracker(), b"", b"".join(sent)
    for piece in pieces(whole, cuts):
        passed += tracker.feed(piece)
        assert whole.startswith(passed)
        ends = [sum(map(len, sent[:count])) for count in range(len(sent) + 1)]
        assert len(passed) + tracker.left in ends
    assert (passed, tracker.left, tracker.closed, tracker.too_big) == (whole, 0, False, False)


@given(st.lists(frames, max_size=3), st.lists(st.integers(0, 10**6), max_size=8), st.lists(frames, max_size=2))
def test_a_close_is_seen_when_the_last_byte_of_it_has_come(before, cuts, after):
    tracker = FrameTracker()
    end = close(1000, MASK)
    for piece in pieces(b"".join(before) + end[:-1], cuts):
        tracker.feed(piece)
    assert not tracker.closed
    tracker.feed(end[-1:])
    assert tracker.closed
    for other in after:
        tracker.feed(other)
    assert tracker.closed


def model(sent: list[tuple[int, int, bool]], limit: int) -> int | None:
    """The number of the frame by which a message outgrows the limit."""
    size = 0
    for number, (opcode, length, fin) in enumerate(sent):
        if opcode & 8:
            if length > max(limit, 125):
                return number
            continue
        size += length
        if size > limit:
            return number
        if fin:
            size = 0
    return None


described = st.tuples(st.sampled_from([CONTINUATION, TEXT, BINARY, PING]), st.integers(0, 300), st.booleans())


@given(st.lists(described, max_size=10), st.integers(0, 400), st.lists(st.integers(0, 10**6), max_size=12))
def test_r10_a_message_is_stopped_before_the_frame_that_makes_it_too_long(sent, limit, cuts):
    whole = [frame(bytes(length), opcode, fin=fin, mask=MASK) for opcode, length, fin in sent]
    tracker, passed = FrameTracker(limit), b""
    for piece in pieces(b"".join(whole), cuts):
        found = tracker.feed(piece)
        passed += found
        if tracker.too_big:
            break
    stopped_at = model(sent, limit)
    assert tracker.too_big == (stopped_at is not None)
    assert passed == b"".join(whole[:stopped_at])


@pytest.mark.parametrize("limit", [1, 125, 126, 65535, 65536, 100_000])
@pytest.mark.parametrize("fragments", [1, 2, 3])
def test_r10_the_limit_is_exact(limit, fragments):
    for size, is_too_big in ((limit - 1, False), (limit, False), (limit + 1, True)):
        tracker = FrameTracker(limit)
        for _ in range(2):  # a second message begins from nothing
            parts = [size // fragments] * (fragments - 1)
            for length in parts:
                tracker.feed(frame(bytes(length), fin=False, mask=MASK))
                tracker.feed(frame(b"x" * 125, PING, mask=MASK))
            tracker.feed(frame(bytes(size - sum(parts)), CONTINUATION if parts else BINARY, mask=MASK))
            assert tracker.too_big == is_too_big


def test_after_a_message_that_was_too_long_the_close_is_still_seen():
    tracker = FrameTracker(10)
    assert tracker.feed(frame(b"fits", mask=MASK) + frame(bytes(1000), mask=MASK)[:500]) == frame(b"fits", mask=MASK)
    assert tracker.too_big
    tracker.feed(frame(bytes(1000), mask=MASK)[500:] + close(1009, MASK))
    assert tracker.closed


def test_a_length_beyond_all_reason_is_followed_without_reading_it():
    tracker = FrameTracker()
    head = bytes((0x82, 0xFF)) + b"\xff" * 8 + MASK
    assert tracker.feed(head + b"payload") == head + b"payload"
    assert tracker.left == 2**64 - 1 - 7
    assert FrameTracker(2**40).feed(head) == b""


@pytest.mark.parametrize("mask", [b"", MASK])
def test_a_close_of_our_own_is_a_frame_with_code_and_reason(mask):
    assert close_frame(1001, b"", mask) == close(1001, mask)
    assert close_frame(1008, b"token", mask) == frame(b"\x03\xf0token", CLOSE, mask=mask)
