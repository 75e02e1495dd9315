"""G-406: one JSON line a request, written off the event loop, safe to read and to lose."""

from __future__ import annotations

import fcntl
import json
import os
import re
import select
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy import access_log
from proxy.access_log import AccessLog, AccessRecord
from proxy.line_writer import LineWriter
from proxy.secrets_mask import mask_target
from tests.common.node_process import until

FIELDS = [
    "time", "route", "service", "instance", "user", "consumer", "address", "method", "path", "status", "bytes_in",
    "bytes_out", "ms", "upstream_ms", "retries", "cache", "request_id", "trace_id", "revision", "outcome", "reason",
]  # fmt: skip


def write(log: AccessLog, **changed: Any) -> None:
    record: dict[str, Any] = {
        "time": 1_790_000_000.25,
        "route": "users",
        "service": "user-service",
        "instance": "i-1",
        "user": "u1",
        "consumer": "",
        "address": "192.0.2.1",
        "method": "GET",
        "target": b"/api/v1/users/42?a=1",
        "status": 200,
        "bytes_in": 0,
        "bytes_out": 512,
        "seconds": 0.0123456,
        "upstream_seconds": 0.01,
        "retries": 0,
        "cache": "hit",
        "request_id": b"abc",
        "trace_id": b"4bf92f3577b34da6a3ce929d0e0e4736",
        "revision": 7,
        "outcome": "ok",
        "reason": "",
    }
    log.write(**{**record, **changed})


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def read_all(reader: int, *, piece: int = 1 << 20) -> bytes:
    """What a pipe gives until its writers have closed it or been silent for three seconds."""
    received = bytearray()
    while select.select([reader], [], [], 3.0)[0] and (data := os.read(reader, piece)):
        received += data
    os.close(reader)
    return bytes(received)


def written(path: Path, **changed: Any) -> bytes:
    log = AccessLog(str(path))
    write(log, **changed)
    log.close()
    return path.read_bytes()


def test_g406_a_record_has_these_fields_in_this_order(tmp_path: Path) -> None:
    record = json.loads(written(tmp_path / "log"))
    assert list(record) == FIELDS
    assert record["time"] == "2026-09-21T14:13:20.250Z"
    assert record["path"] == "/api/v1/users/42?a=1"
    assert (record["ms"], record["upstream_ms"]) == (12.345, 10.0)
    assert record["request_id"] == "abc"
    assert record["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"


def test_g406_the_time_follows_the_second(tmp_path: Path) -> None:
    log = AccessLog(str(tmp_path / "log"))
    for moment in (0.0, 0.9999, 1.0, 86_400.5):
        write(log, time=moment)
    log.close()
    assert [record["time"] for record in lines_of(tmp_path / "log")] == [
        "1970-01-01T00:00:00.000Z",
        "1970-01-01T00:00:00.999Z",
        "1970-01-01T00:00:01.000Z",
        "1970-01-02T00:00:00.500Z",
    ]


@given(st.text(), st.binary(max_size=40))
def test_g406_no_text_of_a_client_can_end_a_line_or_command_a_terminal(user: str, target: bytes) -> None:
    log = AccessLog("")
    record = AccessRecord(
        *[user] * 8, mask_target(b"/" + target), 200, 0, 0, 0.0, 0.0, 0, "", "id", "trace", 1, "ok", user
    )
    line = log.line(record)
    assert line.endswith(b"\n")
    text = line[:-1].decode("utf-8")
    assert len(text.splitlines()) == 1
    assert re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202e]", text) is None
    assert json.loads(text)["user"] == user


def test_g406_a_lone_surrogate_is_written_as_a_question_mark(tmp_path: Path) -> None:
    assert json.loads(written(tmp_path / "log", user="a\ud800b"))["user"] == "a?b"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (b"/x", "/x"),
        (b"/x?a=1&b", "/x?a=1&b"),
        (b"/x?token=s3cret&a=1", "/x?token=***&a=1"),
        (b"/x?a=1&access_token=s&api_key=t&password=u", "/x?a=1&access_token=***&api_key=***&password=***"),
        (b"/x?TOKEN=s", "/x?TOKEN=***"),
        (b"/x?to%6ben=s", "/x?to%6ben=***"),
        (b"/x?a=1;token=s", "/x?a=1;token=***"),
        (b"/x?token=s=t", "/x?token=***"),
        (b"/x?token=&token", "/x?token=&token"),
        (b"/x?mytoken=1", "/x?mytoken=1"),
        (b"/token=1?a=2", "/token=1?a=2"),
        (b"/x?a=?token=s", "/x?a=?token=s"),
    ],
)
def test_g406_secrets_in_the_query_are_masked(target: bytes, expected: str) -> None:
    assert mask_target(target) == expected


def test_g406_nothing_is_written_where_no_log_is_wanted(tmp_path: Path) -> None:
    log = AccessLog("")
    write(log)
    log.reopen()
    log.close()
    assert not log.enabled


def test_g406_an_unusable_file_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="log"):
        AccessLog(str(tmp_path / "missing" / "log"))


def test_g406_records_appear_within_a_flush_and_close_writes_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = AccessLog(str(path))
    write(log)
    until(path.read_bytes, what="the record")
    assert len(lines_of(path)) == 1
    for _ in range(2000):
        write(log)
    log.close()
    log.close()
    write(log)
    assert len(lines_of(path)) == 2001
    assert log.dropped == 0


def test_g406_standard_output_gets_the_records_for_a_dash(capfd: pytest.CaptureFixture[str]) -> None:
    log = AccessLog("-")
    write(log)
    log.close()
    assert json.loads(capfd.readouterr().out)["status"] == 200


def test_g406_after_a_rotation_records_go_to_the_new_file(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = AccessLog(str(path))
    write(log, status=200)
    until(path.read_bytes, what="the record")
    path.rename(tmp_path / "log.1")
    log.reopen()
    until(path.exists, what="the new file")
    write(log, status=201)
    log.close()
    assert [record["status"] for record in lines_of(tmp_path / "log.1")] == [200]
    assert [record["status"] for record in lines_of(path)] == [201]


def test_g406_a_rotation_without_a_directory_keeps_the_old_file(tmp_path: Path) -> None:
    directory = tmp_path / "logs"
    directory.mkdir()
    log = AccessLog(str(directory / "log"))
    directory.rename(tmp_path / "moved")
    log.reopen()
    write(log)
    log.close()
    assert len(lines_of(tmp_path / "moved" / "log")) == 1


def test_g406_a_stuck_pipe_never_blocks_and_what_is_lost_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_log, "MAX_WAITING_BYTES", 128 * 1024)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    log = AccessLog(str(pipe))
    began = time.monotonic()
    for _ in range(2000):
        write(log)
    assert time.monotonic() - began < 20
    assert log.dropped > 0
    kept = 2000 - log.dropped
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    closing = threading.Thread(target=log.close)
    closing.start()
    received = read_all(reader)
    closing.join()
    records = [json.loads(line) for line in received.splitlines()]
    assert records[-1] == {"access_records_dropped": log.dropped}
    assert len(records) - 1 == kept


def test_g406_writers_that_share_a_pipe_do_not_mix_their_lines(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    logs = [AccessLog(str(pipe)) for _ in range(3)]
    received: list[bytes] = []
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    draining = threading.Thread(target=lambda: received.append(read_all(reader, piece=4096)))
    draining.start()
    for number in range(900):
        write(logs[number % 3], target=b"/" + b"x" * (number % 700))
    for log in logs:
        log.close()
    draining.join()
    assert len([json.loads(line) for line in received[0].splitlines()]) == 900


def test_g406_a_pipe_made_non_blocking_by_another_process_is_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    log = AccessLog(str(pipe))
    assert log._writer is not None
    fcntl.fcntl(log._writer._fd, fcntl.F_SETFL, os.O_NONBLOCK)
    for _ in range(600):
        write(log)
    time.sleep(0.5)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    received = read_all(reader)
    log.close()
    assert len(received.splitlines()) == 600


def test_g406_a_line_that_broke_off_does_not_spoil_the_next(tmp_path: Path) -> None:
    from collections import deque

    path = tmp_path / "log"
    writer = LineWriter(str(path))
    os.close(writer._fd)
    writer.write_all(deque([b"lost\n", b"lost too\n"]))
    assert writer.failed == 2
    path.write_bytes(b'{"half')
    writer._fd = os.open(path, os.O_WRONLY | os.O_APPEND)
    writer._torn = True
    writer.write_all(deque([b"whole\n"]))
    writer.close()
    assert path.read_bytes() == b'{"half\nwhole\n'
