"""The node's figures as the control plane asks for them: the workers' sums, through the supervisor."""

from __future__ import annotations

from collections.abc import Mapping

from gateway_project.rest.figures import Counters, Moment
from proxy.node.control.enquiry import FiguresEnquiry
from proxy.rollup.writer import Counted, RollupWriter


class NodeFiguresSource:
    """A source of figures that also has the hours written."""

    def __init__(self, enquiry: FiguresEnquiry, keep_days: int) -> None:
        self._enquiry = enquiry
        self.writer = RollupWriter(self._fetch, keep_days)

    def now(self) -> Moment:
        """All workers together, those that have ended included."""
        answer = self._enquiry.now()
        return Moment(answer.counters, answer.gauges)

    def gauges(self) -> Mapping[str, float]:
        """Those of all living workers."""
        return self._enquiry.gauges()

    def by_service(self) -> Counters | None:
        """The sums of services, of all workers together."""
        answer = self._enquiry.by_service()
        return None if answer is None else answer.counters

    def unwritten(self) -> Counted | None:
        """What the hourly rows may lack."""
        return self.writer.unwritten()

    def _fetch(self, after_hour: int) -> Counted | None:
        answer = self._enquiry.hours_after(after_hour)
        return None if answer is None else Counted(answer.run, answer.hours)
