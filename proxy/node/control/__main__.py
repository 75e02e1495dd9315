"""`python -m proxy.node.control`, started by the supervisor."""

from __future__ import annotations

import asyncio

import django

from proxy.node import log
from proxy.node.plan import ChildPlan


def main() -> int:
    """The process; the exit code."""
    plan = ChildPlan.from_environment()
    django.setup()
    log.configure(plan.name)

    from proxy.node.control.process import ControlProcess

    return asyncio.run(ControlProcess(plan).run())


if __name__ == "__main__":
    raise SystemExit(main())
