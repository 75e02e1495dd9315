"""What a newcomer reads after `make run`: each call, what it shows and what to expect."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One line to try."""

    shows: str
    command: str
    expect: str


def steps(base: str) -> tuple[Step, ...]:
    """The tour of a gateway at this URL. The two tokens are shell variables, TOKEN and REPORT_TOKEN."""
    token, report_token = (f'-H "Authorization: Bearer ${name}"' for name in ("TOKEN", "REPORT_TOKEN"))
    return (
        Step(
            "A route that is open to all. Run it twice: the two instances take turns.",
            f"curl -i {base}/open/hello",
            "200, and JSON with instance demo-blue, then demo-green",
        ),
        Step(
            "A route that wants a token, called without one.",
            f"curl -i {base}/private/hello",
            "401, code F40001; the upstream is not asked",
        ),
        Step(
            "The same with a token.",
            f"curl -i {base}/private/hello {token}",
            "200; among the headers the upstream was sent is x-user-id: demo-user",
        ),
        Step(
            "A route that wants the permission report.read, with a token that lacks it.",
            f"curl -i {base}/reports/today {token}",
            "403, code F40003",
        ),
        Step(
            "The same with a token that has it.",
            f"curl -i {base}/reports/today {report_token}",
            "200",
        ),
        Step("A path without a route.", f"curl -i {base}/nothing", "404, code F40400"),
        Step("The gateway's own state.", f"curl -i {base}/health", "200, code S10000, status healthy"),
    )


def render(base: str, with_permission: str, without_permission: str, account: str) -> str:
    """The text for the terminal."""
    lines = [
        f"The gateway listens on {base}. In another terminal, first set two tokens (good for a day):",
        "",
        f"TOKEN={without_permission}",
        "",
        f"REPORT_TOKEN={with_permission}",
        "",
        "Then try these, and compare with what is expected:",
        "",
    ]
    for number, step in enumerate(steps(base), start=1):
        lines += [f"{number}. {step.shows}", f"   {step.command}", f"   → {step.expect}", ""]
    lines += [
        f"API page       {base}/swagger-ui",
        f"Console        {base}/console/",
        f"Administrator  {account}",
        "",
        "Ctrl-C stops everything; the next start keeps routes, services and accounts.",
    ]
    return "\n".join(lines)
