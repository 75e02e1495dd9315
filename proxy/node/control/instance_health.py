"""What the control process knows of instances: the entries of the machine's board, and when the prober last checked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from uuid import UUID

from proxy.health.condition import condition_of
from proxy.health.ejection import Ejections, decode_ejections, ejection_key
from proxy.health.lease import LeaseFound, lease_key
from proxy.state.board import Board
from services.compile import instance_spec
from services.leases import store_checks
from services.models import ServiceInstance
from services.observed import Observation


class InstanceHealth:
    """The observer of `services.observed`. Methods may be called from any thread."""

    def __init__(self, board: Board, in_turn: Callable[[Callable[[], object]], object] = lambda call: call()) -> None:
        """`in_turn` runs a change of the board where others change it, for a board that one thread alone may change."""
        self.looking = threading.Lock()
        """Held from reading the rows of leases until the board says what they said."""
        self._board = board
        self._in_turn = in_turn
        self._checked: dict[str, datetime] = {}
        self._stored: dict[str, datetime] = {}

    def observe(self, rows: Iterable[ServiceInstance]) -> Mapping[UUID, Observation]:
        """As the workers see them now."""
        now, ejections = time.monotonic(), dict[UUID, Ejections]()
        found = {}
        for row in rows:
            if row.service_id not in ejections:
                key = ejection_key(str(row.service_id))
                ejections[row.service_id] = decode_ejections(self._board.read(key))
            condition = condition_of(instance_spec(row), self._board, ejections[row.service_id], now)
            times = [at for at in (row.last_health_check, self._checked.get(str(row.pk))) if at is not None]
            found[row.pk] = Observation(condition.status, condition.reason, max(times, default=None))
        return found

    def renewed(self, instance: ServiceInstance) -> None:
        """The workers take it back at once, should it have been out; what is being looked up now is older news."""
        with self.looking:
            self.lease_found(str(instance.pk), is_lapsed=False)

    def lease_found(self, instance_id: str, *, is_lapsed: bool) -> None:
        """Puts the state of a lease on the board; one that is no news costs a reading."""
        key, rule = lease_key(instance_id), LeaseFound(is_lapsed)
        if rule.decide(self._board.read(key), time.monotonic())[1] is not None:
            self._in_turn(lambda: self._board.change(key, rule, time.monotonic()))

    def checked(self, times: Mapping[str, float]) -> None:
        """The prober has checked these instances; epoch seconds by id."""
        self._checked |= {key: datetime.fromtimestamp(at, UTC) for key, at in times.items()}

    def store(self) -> None:
        """Writes what is new of it to the rows. Raises Django's database errors; then it is new the next time too."""
        checked = dict(self._checked)
        store_checks({key: at for key, at in checked.items() if self._stored.get(key) != at})
        self._stored = checked
