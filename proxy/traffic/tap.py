"""The requests of one worker that somebody wants to see, a bounded number of them at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from proxy.access_log import AccessRecord
from proxy.snapshot.snapshot import CONTROL
from proxy.traffic.shown import Shown
from proxy.traffic.wanted import Wanted, wants

MOST_FOR_ONE = 40
"""Records that one watcher is shown between two calls of `take`."""
MOST = 200
"""Records for all of them together."""
LONG_BYTES = 2048
"""A record of more is shortened."""
MOST_BYTES = 8192
"""A record that still has more is not shown."""
MOST_PATH, MOST_NAME = 1024, 256
"""Characters that a shortened record keeps of its path, and of what else a client has sent."""

Encode = Callable[[AccessRecord], bytes]


class Tap:
    """Called with every access record while somebody watches. Belongs to the event loop's thread."""

    def __init__(self, encode: Encode) -> None:
        """`encode` is that of the access log, for records that have to be shortened."""
        self._encode = encode
        self._wanted: Sequence[Wanted] = ()
        self._shown: list[Shown] = []
        self._given: Counter[int] = Counter()
        self._skipped: Counter[int] = Counter()

    def watch(self, wanted: Sequence[Wanted]) -> None:
        """From now on these are asked for."""
        self._wanted = wanted

    def __call__(self, record: AccessRecord, line: bytes) -> None:
        """A request has ended. Calls of the control plane are no traffic."""
        if record.route == record.service == CONTROL:
            return
        watchers = [wanted.watcher for wanted in self._wanted if wants(wanted, record)]
        if watchers:
            self._show(watchers, record, line)

    def take(self) -> tuple[list[Shown], dict[int, int]]:
        """What is to be shown since the last call, and how many of what each watcher wanted are left out."""
        taken = self._shown, dict(self._skipped)
        self._shown = []
        self._given.clear()
        self._skipped.clear()
        return taken

    def _show(self, watchers: list[int], record: AccessRecord, line: bytes) -> None:
        chosen = [watcher for watcher in watchers if self._given[watcher] < MOST_FOR_ONE]
        if len(self._shown) >= MOST:
            chosen = []
        elif chosen and len(line) > LONG_BYTES:
            line = self._encode(_shortened(record))
            chosen = chosen if len(line) <= MOST_BYTES else []
        self._skipped.update(set(watchers).difference(chosen))
        if chosen:
            self._given.update(chosen)
            self._shown.append(Shown(chosen, record.service, msgspec.Raw(line.rstrip())))


def _shortened(record: AccessRecord) -> AccessRecord:
    sent = {name: getattr(record, name)[:MOST_NAME] for name in ("user", "consumer", "method", "request_id")}
    return msgspec.structs.replace(record, path=record.path[:MOST_PATH], **sent)
