"""`python -m proxy.node.control`, started by the supervisor."""

from __future__ import annotations

import asyncio

import django
from django.conf import settings

from proxy.node import group_signals, log
from proxy.node.plan import ChildPlan


def main() -> int:
    """The process; the exit code."""
    group_signals.leave_to_supervisor()
    plan = ChildPlan.from_environment()
    django.setup()
    settings.GATEWAY_OPTIONS = plan.options  # with what the supervisor has added
    log.configure(plan.name)

    from proxy.node.control.process import ControlProcess

    return asyncio.run(ControlProcess(plan).run())


if __name__ == "__main__":
    raise SystemExit(main())
