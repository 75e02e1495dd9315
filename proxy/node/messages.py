"""What the processes of a node tell each other, one JSON object a line.

The supervisor is the hub: every child has one channel, to it. "Child" is the control process, the prober or a worker.

| message    | from → to                      | meaning |
|------------|--------------------------------|---------|
| Published  | control → supervisor → others  | the snapshot file holds this document now |
| Announced  | supervisor → control           | every worker alive has been told of it |
| Joining    | worker → supervisor            | a new worker has applied this document and asks whether it may serve |
| Welcome    | supervisor → worker            | it may; `revision`, `sha256`: the newest document known, or None |
| Serving    | worker → supervisor → control  | requests that begin now are answered by this revision |
| Refused    | worker → supervisor → control  | the worker could not apply a document and keeps the one it had |
| Leaving    | worker → supervisor            | told to stop by a signal of its own; a replacement may start |
| Gone       | supervisor → control           | this worker has ended |
| AskFigures | control → supervisor → workers | report your counters and gauges |
| Figures    | worker → supervisor            | what has changed of a worker's counters, cumulative since its start |
| NodeFigures| supervisor → control           | the sum over living and ended workers, in pieces |
| Watch      | control → supervisor → workers | show what these watchers want to see, for the next seconds |
| Traffic    | worker → supervisor → control  | requests that somebody watches |
| Checked    | prober → supervisor → control  | when these instances were last checked |
| Reload     | supervisor → children          | SIGHUP: publish again, read again, reopen logs |
| Ending     | supervisor → control           | workers are about to drain: end what never ends by itself |
| Drain      | supervisor → children          | finish what runs within `seconds`, then exit 0 |

Joining before Welcome is what makes "in force on every live worker" exact (G-104): the supervisor counts the worker
from Joining on, and a document published before that moment is named in Welcome, one after it comes as Published.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

import msgspec

from proxy.traffic.shown import Shown
from proxy.traffic.wanted import Wanted

PIECE_KEYS = 500
"""Keys of counters in one message; a key and its values take a kilobyte at most."""


class _Message(msgspec.Struct, frozen=True, tag_field="kind", tag=str.lower):
    """Base of all: `kind` on the wire is the class's name in lower case."""


class Published(_Message, frozen=True):
    """The snapshot file holds this document."""

    revision: int
    sha256: str


class Announced(_Message, frozen=True):
    """Every worker that counts has been sent `Published` of this revision."""

    revision: int


class Joining(_Message, frozen=True):
    """A worker holds this document and is ready to accept."""

    revision: int
    sha256: str
    pid: int


class Welcome(_Message, frozen=True):
    """The newest document known to the supervisor; None when none was published in its lifetime."""

    revision: int | None = None
    sha256: str = ""


class Serving(_Message, frozen=True):
    """`worker` answers by `revision`. The supervisor fills in name and pid."""

    revision: int
    worker: str = ""
    pid: int = 0


class Refused(_Message, frozen=True):
    """`worker` could not apply `revision`."""

    revision: int
    reason: str
    worker: str = ""


class Leaving(_Message, frozen=True):
    """This worker accepts no more."""


class Gone(_Message, frozen=True):
    """`worker` has ended."""

    worker: str


class AskFigures(_Message, frozen=True):
    """`request` is echoed in the answers.

    With `after_hour` (whole hours since 1970) the question is what was counted in the hours later than it. `by_service`
    asks for the sums of services instead, which the supervisor has: no worker is asked, and no gauges come.
    `gauges_only` asks for no counters: of many routes they are megabytes.
    """

    request: int
    after_hour: int | None = None
    by_service: bool = False
    gauges_only: bool = False


class Figures(_Message, frozen=True):
    """Counters of one worker that have changed since it last reported (see `proxy/metering/series.py`).

    `request` and `gauges` come with an answer only, and with its last piece; the rest is sent unasked.
    """

    counters: dict[str, list[float]]
    request: int | None = None
    gauges: dict[str, float] = {}


class NodeFigures(_Message, frozen=True):
    """A piece of the node's counters; the last one, without `more`, has the gauges.

    `run` names the time since the supervisor started, during which counters only grow. `hour` is set where the question
    was about hours.
    """

    request: int
    run: str
    counters: dict[str, list[float]]
    gauges: dict[str, float] = {}
    hour: int | None = None
    more: bool = False


class Checked(_Message, frozen=True):
    """Instance id (UUID) to epoch seconds of its last health check."""

    times: dict[str, float]


class Watch(_Message, frozen=True):
    """All who watch the traffic; said again every second while there are any."""

    wanted: list[Wanted]


class Traffic(_Message, frozen=True):
    """Some requests, and how many each watcher was not shown. Lost rather than waited for."""

    shown: list[Shown]
    skipped: dict[int, int] = {}


class Reload(_Message, frozen=True):
    """SIGHUP reached the supervisor."""


class Ending(_Message, frozen=True):
    """The node is about to stop."""


class Drain(_Message, frozen=True):
    """Stop accepting, finish what runs."""

    seconds: float


Message = (
    Published
    | Announced
    | Joining
    | Welcome
    | Serving
    | Refused
    | Leaving
    | Gone
    | AskFigures
    | Figures
    | NodeFigures
    | Checked
    | Watch
    | Traffic
    | Reload
    | Ending
    | Drain
)


def in_pieces(counters: Mapping[str, list[float]]) -> Iterator[dict[str, list[float]]]:
    """Parts that fit a message each; one that is empty where there is nothing."""
    left = iter(counters.items())
    yield dict(islice(left, PIECE_KEYS))
    while piece := dict(islice(left, PIECE_KEYS)):
        yield piece


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


def encode(message: Message) -> bytes:
    """One line, with its end."""
    return _encoder.encode(message) + b"\n"


def decode(line: bytes) -> Message:
    """The message of a line; raises `msgspec.MsgspecError` for anything else."""
    return _decoder.decode(line)
