"""Coverage-guided fuzzing of what reads strangers' bytes: `make fuzz-edge SECONDS=60`.

atheris looks for inputs that reach new branches of the parsers and of the canonicaliser. Each input goes to all of
them; any exception but the parsers' own ends the run, and so does a broken property below, with the input printed.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris  # type: ignore[import-untyped] # is in .venv-bench

with atheris.instrument_imports(include=["proxy.http1", "routing.path"]):
    from proxy.http1.chunked import ChunkedBody, chunk, last_chunk
    from proxy.http1.errors import MalformedMessage
    from proxy.http1.fields import field_lines
    from proxy.http1.framing import CHUNKED
    from proxy.http1.request_head import RequestHead, parse_request_head
    from proxy.http1.response_head import parse_response_head, serialise_head
    from routing.path import PathError, canonicalise

from benchmarks.reliability.malformed import framing, heads, valid

MAX_LINE, MAX_FIELDS = 8192, 100


def request_head(data: bytes) -> None:
    """What is accepted has one host, one framing, no controls, and reads the same when it is written again."""
    with contextlib.suppress(MalformedMessage):
        head = parse_request_head(data, max_line=MAX_LINE, max_fields=MAX_FIELDS)
        names = [name for name, _ in head.headers]
        assert names.count(b"host") == 1 or (head.version == 10 and b"host" not in names)
        assert not (b"content-length" in names and b"transfer-encoding" in names)
        assert head.length >= 0 or (head.length == CHUNKED and head.version == 11)
        again = _written(head)
        for forbidden in (b"\r", b"\n", b"\x00"):
            assert forbidden not in head.target
            assert not any(forbidden in name + value for name, value in head.headers)
        second = parse_request_head(again, max_line=MAX_LINE, max_fields=MAX_FIELDS)
        assert (second.method, second.target, second.headers) == (head.method, head.target, head.headers)
        assert second.length == head.length


def _written(head: RequestHead) -> bytes:
    line = b"%b %b HTTP/1.%d\r\n" % (head.method.encode(), head.target, head.version % 10)
    return line + field_lines(head.headers).removesuffix(b"\r\n") if head.headers else line.removesuffix(b"\r\n")


def response_head(data: bytes) -> None:
    """The same for an upstream's head."""
    with contextlib.suppress(MalformedMessage):
        head = parse_response_head(data, max_fields=MAX_FIELDS)
        again = serialise_head(head.status, head.reason, head.headers).removesuffix(b"\r\n\r\n")
        second = parse_response_head(again, max_fields=MAX_FIELDS)
        assert (second.status, second.headers) == (head.status, head.headers)


def chunked_body(data: bytes) -> None:
    """A body is the same body however it is cut, and reads the same when it is written again."""
    whole, steps = _read(data, len(data) or 1), _read(data, 1 + len(data) // 7)
    assert whole[1:] == steps[1:]
    if whole[2]:
        payload, trailers = whole[0], whole[3]
        assert payload == steps[0]
        written = (chunk(payload) if payload else b"") + last_chunk(trailers)
        assert _read(written, len(written))[0] == payload


def _read(data: bytes, step: int) -> tuple[bytes, bool, bool, list[tuple[bytes, bytes]]]:
    """Payload, whether it was refused, whether it ended, its trailers."""
    body, payload, rest = ChunkedBody(), b"", b""
    try:
        for at in range(0, len(data), step):
            if body.done:
                break
            piece, rest = body.feed(rest + data[at : at + step])
            payload += piece
    except MalformedMessage:
        return b"", True, False, []
    return payload, False, body.done, body.trailers


def path(data: bytes) -> None:
    """The canonical form is its own canonical form, and has no dot segment."""
    with contextlib.suppress(PathError):
        first = canonicalise(data)
        again = canonicalise(first.path)
        assert (again.path, again.match_key) == (first.path, first.match_key)
        assert not {b".", b".."} & set(first.path.split(b"/"))


TARGETS: tuple[Callable[[bytes], None], ...] = (request_head, response_head, chunked_body, path)


def one_input(data: bytes) -> None:
    """What atheris calls."""
    for target in TARGETS:
        target(data)


def seeds(directory: Path) -> None:
    """The lists of the trial of malformed requests, as files to begin with."""
    cases = [*framing.cases(), *heads.cases(), *valid.cases()]
    for number, case in enumerate(cases):
        head, _, body = case.template.partition(b"\r\n\r\n")
        for name, data in (("head", head), ("body", body), ("path", head.split(b" ")[1] if b" " in head else b"")):
            if 0 < len(data) < 4000:
                (directory / f"{number}-{name}").write_bytes(data)


def main() -> None:
    """Fuzzes for the time given; exit code 77 and the input when something broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        seeds(Path(directory))
        flags = [f"-max_total_time={options.seconds}", f"-seed={options.seed}", "-max_len=4096", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], *flags, directory], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
