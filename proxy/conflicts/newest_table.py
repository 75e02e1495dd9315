"""The routing table of the configuration in force on the control side, kept so that the next one goes on from it."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from proxy.conflicts.reach import unlike
from proxy.conflicts.shadows import Table
from routing.matcher import RouteTable
from routing.problems import marked
from routing.spec import RouteSpec


class NewestTable:
    """Of routes that move on. Any thread may ask, and asks for the state it has read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._routes: Sequence[RouteSpec] = ()
        self._table: Table = RouteTable(())

    def of(self, routes: Sequence[RouteSpec]) -> Table:
        """The very table of before where nothing has changed."""
        with self._lock:
            if routes is not self._routes:
                self._table = self._followed(routes)
                self._routes = routes
            return self._table

    def _followed(self, routes: Sequence[RouteSpec]) -> Table:
        before, now = ({route.id: route for route in some} for some in (self._routes, routes))
        gone, come = unlike(before, now), unlike(now, before)
        try:
            if len(gone) + len(come) <= len(routes) // 2:
                return self._table.changed(gone, [(route, route) for route in come])
            return RouteTable((route, route) for route in routes)
        except ValueError:  # one of them cannot be compiled
            return RouteTable((route, route) for route in marked(routes))


NEWEST = NewestTable()
"""What this process has been asked for last."""
