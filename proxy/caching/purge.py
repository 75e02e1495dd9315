"""Which stored replies a purge concerns."""

from __future__ import annotations

import re
from collections.abc import Callable
from threading import Lock

import lmdb

from gateway_project.rest.purging import Purge, PurgeFailedError, Purger
from proxy.caching.entry import Entry
from proxy.caching.reply_store import ReplyStore


def concerns(what: Purge) -> Callable[[Entry], bool]:
    """Whether a reply is among those to be forgotten."""
    if what.route_id:
        return lambda entry: entry.route_id == what.route_id
    if what.tag:
        tag = what.tag.encode()
        return lambda entry: tag in entry.tags
    if what.path:
        pattern = re.compile(b".*".join(re.escape(part) for part in what.path.encode().split(b"*")), re.DOTALL)
        return lambda entry: pattern.fullmatch(entry.path) is not None
    return lambda entry: True


def purger(store: ReplyStore) -> Purger:
    """What the control plane is given to purge `store` with."""
    one_at_a_time = Lock()  # the API has threads, and a process may open the store only once

    def purge(what: Purge) -> int:
        try:
            with one_at_a_time:
                return store.purge(concerns(what))
        except (lmdb.Error, OSError) as problem:
            raise PurgeFailedError(str(problem)) from None

    return purge
