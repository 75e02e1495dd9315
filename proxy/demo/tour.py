"""What a newcomer reads after `make run`: each call, what it shows and what to expect."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One line to try."""

    shows: str
    command: str
    expect: str


def steps(address: str, with_permission: str, without_permission: str) -> tuple[Step, ...]:
    """The tour for a gateway at `host:port` and its two tokens."""
    base = f"http://{address}"
    return (
        Step(
            "a route that is open to all; run it twice and the two instances take turns",
            f"curl -i {base}/open/hello",
            "200, and JSON with instance demo-blue, then demo-green",
        ),
        Step(
            "a route that wants a token, called without one",
            f"curl -i {base}/private/hello",
            "401 with code F40001; the upstream is not asked",
        ),
        Step(
            "the same with a token",
            f"curl -i {base}/private/hello -H 'Authorization: Bearer {without_permission}'",
            "200; the upstream is told who calls: X-User-ID is demo-user",
        ),
        Step(
            "a route that wants the permission report.read, with a token that lacks it",
            f"curl -i {base}/reports/today -H 'Authorization: Bearer {without_permission}'",
            "403 with code F40003",
        ),
        Step(
            "the same with a token that has it",
            f"curl -i {base}/reports/today -H 'Authorization: Bearer {with_permission}'",
            "200",
        ),
        Step("a path without a route", f"curl -i {base}/nothing", "404 with code F40400"),
        Step("the gateway's own state", f"curl -i {base}/health", "200 with code S10000 and status healthy"),
    )


def render(address: str, tour: tuple[Step, ...]) -> str:
    """The text for the terminal."""
    lines = [f"The gateway listens on http://{address}. Things to try in another terminal:", ""]
    for number, step in enumerate(tour, start=1):
        lines += [f"{number}. {step.shows}", f"   {step.command}", f"   → {step.expect}", ""]
    lines += [
        f"API page      http://{address}/swagger-ui",
        f"Console       http://{address}/console/",
        "Ctrl-C stops everything; the next start keeps routes, services and accounts.",
    ]
    return "\n".join(lines)
