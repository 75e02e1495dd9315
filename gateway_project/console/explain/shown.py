"""An explanation as its page draws it: what is for programs gets words, the words of the access log stay."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gateway_project.console.explain.remedies import remedy
from proxy.explain.explanation import CandidateTold, Explanation, RouteTold, Step, UpstreamTold

OUTCOMES: dict[str, tuple[str, Any]] = {
    "forwarded": ("good", _("Forwarded")),
    "answered": ("told", _("Answered by the gateway itself")),
    "refused": ("bad", _("Refused")),
    "control": ("told", _("A path of the gateway's own")),
    "batch": ("told", _("Taken as a batch: ask about each of its parts")),
    "unknown": ("open", _("Cannot be told without sending it")),
    "hidden": ("open", _("A route of another team serves it")),
}
"""Tone and words."""

CANDIDATES: dict[str, tuple[str, Any]] = {
    "serves": ("good", _("serves")),
    "comes_after": ("rest", _("fits, but comes after")),
    "does_not_fit": ("bad", _("does not fit")),
}

STEPS: dict[str, tuple[str, Any]] = {
    "passes": ("good", _("passes")),
    "answers": ("told", _("answers")),
    "refuses": ("bad", _("refuses")),
    "unknown": ("open", _("cannot be told")),
    "not_reached": ("rest", _("not reached")),
}

SUBJECTS = {
    "active": _("Active"),
    "host": _("Host"),
    "path": _("Path"),
    "method": _("Method"),
    "header": _("Header"),
    "query": _("Query"),
    "client": _("Client address"),
}

DETAILS = {
    "subject": _("user"),
    "consumer": _("consumer"),
    "roles": _("roles"),
    "valid_seconds": _("valid for seconds"),
    "required": _("required"),
    "strategy": _("strategy"),
    "held": _("held"),
    "missing": _("missing"),
    "address": _("client address"),
    "circuit": _("circuit"),
    "limits": _("limits"),
    "path": _("path"),
    "max_body_bytes": _("largest body in bytes"),
    "service": _("service"),
    "shares": _("shares"),
    "use": _("use"),
    "parts": _("parts"),
}
"""Names of facts beside a stage; others are shown as the API has them."""

MARKS = {"good": "check_circle", "bad": "cancel", "told": "info", "open": "help", "rest": "radio_button_unchecked"}
"""Symbols, for whoever cannot tell the colours."""


class Mark(NamedTuple):
    """How something came out: its colour, its symbol, its word."""

    tone: str
    symbol: str
    word: Any


def _mark(tone: str, word: Any) -> Mark:
    return Mark(tone, MARKS[tone], word)


def shown(told: Explanation, person: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """The context of templates/admin/explain/answer.html."""
    return {
        "revision": told.revision,
        "outcome": _mark(*OUTCOMES[told.outcome]),
        "code": told.code,
        "status": told.status,
        "reason": told.reason,
        "remedy": remedy(told, person, asked),
        "path": told.path,
        "path_differs": bool(told.path.refused or told.path.canonical != told.path.sent or told.path.ambiguities),
        "route": None if told.route is None else _route(told.route),
        "candidates": [_candidate(one) for one in told.candidates],
        "candidates_left_out": told.candidates_left_out,
        "steps": [_step(one) for one in told.steps],
        "upstream": None if told.upstream is None else _upstream(told.upstream),
    }


def _route(route: RouteTold) -> dict[str, Any]:
    return {
        "title": route.path_pattern,
        "name": route.name,
        "service": route.service,
        "priority": route.priority,
        "problem": route.problem,
        "address": reverse("admin:routing_route_change", args=[route.id]),
    }


def _candidate(candidate: CandidateTold) -> dict[str, Any]:
    checks = [
        {
            "mark": _mark("good", gettext("holds")) if one.passed else _mark("bad", gettext("does not hold")),
            "subject": SUBJECTS[one.subject],
            "text": one.text,
        }
        for one in candidate.checks
    ]
    return {
        "route": _route(candidate.route),
        "mark": _mark(*CANDIDATES[candidate.verdict]),
        "serves": candidate.verdict == "serves",
        "checks": checks,
        "failed": [one.text for one in candidate.checks if not one.passed],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "stage": step.stage,
        "mark": _mark(*STEPS[step.verdict]),
        "code": step.code,
        "status": step.status,
        "reason": step.reason,
        "details": [
            {"name": DETAILS.get(name, name), "lines": lines}
            for name, value in step.details.items()
            if (lines := _lines(value))
        ],
    }


def _lines(value: Any) -> list[str]:
    """A fact as text: a list of objects line by line, a list of words in one."""
    if value in ("", None, [], {}):
        return []
    if isinstance(value, list | tuple) and all(isinstance(one, dict) for one in value):
        return [_pairs(one) for one in value]
    if isinstance(value, dict):
        return [_pairs(value)]
    return [_text(value)]


def _pairs(value: dict[str, Any]) -> str:
    return " · ".join(f"{name} {_text(one)}" for name, one in value.items() if one not in ("", None))


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _upstream(upstream: UpstreamTold) -> dict[str, Any]:
    instances = [
        {
            "name": one.instance_id,
            "endpoint": one.endpoint,
            "weight": one.weight,
            "tier": one.tier,
            "status": one.status,
            "reason": one.reason,
            "circuit": one.circuit,
            "mark": _mark("good", gettext("may be asked")) if one.usable else _mark("bad", gettext("is not asked")),
            "picked": one.id == upstream.picked,
        }
        for one in upstream.instances
    ]
    return {
        "service": upstream.service,
        "diverted": upstream.diverted,
        "path": upstream.path,
        "strategy": upstream.strategy,
        "circuit": upstream.circuit,
        "instances": instances,
    }
