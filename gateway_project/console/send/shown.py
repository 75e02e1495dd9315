"""An answer as its page draws it: text, bounded, without the token that was made for it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gateway_project.console.send.sending import Answer
from proxy.explain.asked import Asked
from revisions.documents import MASK

REASONS = {
    "nowhere": _("This process knows of no traffic listener: requests can be sent from the console of a node."),
    "busy": _("Several test requests are under way already: try again in a moment."),
    "late": _("There was no answer within 30 seconds."),
    "lost": _("The connection ended without an answer."),
}
TONES = {1: "told", 2: "good", 3: "told", 4: "bad", 5: "bad"}
FACTS = (
    ("instance", _("Instance")),
    ("service", _("Service")),
    ("retries", _("Retries")),
    ("cache", _("Cache")),
    ("upstream_ms", _("Waiting for the instance (ms)")),
    ("user", _("User")),
    ("consumer", _("Consumer")),
    ("outcome", _("Outcome")),
    ("reason", _("Reason")),
    ("revision", _("Revision")),
)
"""Of the access record, in this order."""
TEXTUAL = ("text/", "application/json", "application/xml", "application/javascript", "application/problem+json")


def shown(asked: Asked, answer: Answer, record: dict[str, Any] | None, sender: dict[str, str]) -> dict[str, Any]:
    """The context of templates/admin/send/answer.html. `sender` are the parameters by which the explanation asks."""
    names = {name.lower(): value for name, value in answer.headers}
    found = record or {}
    request_id = str(found.get("request_id") or names.get("x-request-id", ""))
    return {
        "status": answer.status,
        "tone": TONES.get(answer.status // 100, "told"),
        "head_ms": answer.head_ms,
        "total_ms": answer.total_ms,
        "headers": [(name, _without(asked.token, value)) for name, value in answer.headers],
        "body": _without(asked.token, _text(answer.body, names.get("content-type", ""))),
        "size": len(answer.body),
        "is_cut": answer.is_cut,
        "facts": [(label, found[name]) for name, label in FACTS if found.get(name) not in (None, "")],
        "has_record": record is not None,
        "request_id": request_id,
        "trace_id": str(found.get("trace_id", "")),
        "traffic": _traffic(found),
        "explain": f"{reverse('answers:explain')}?{urlencode(_question(asked) | sender)}",
    }


def _traffic(record: dict[str, Any]) -> str:
    query = urlencode({"route": record["route"]}) if record.get("route") else ""
    return f"{reverse('live:traffic')}?{query}" if query else reverse("live:traffic")


def _question(asked: Asked) -> dict[str, str]:
    """Without a key that was typed: addresses are kept by browsers and in records."""
    kept = [f"{name}: {value}" for name, value in asked.headers if name.lower() in ("accept", "content-type")]
    headers = {"headers": "\n".join(kept)} if kept else {}
    return {"method": asked.method, "path": asked.target, "host": asked.host} | headers


def _without(token: str, text: str) -> str:
    return text.replace(token, MASK) if token else text


def _text(body: bytes, kind: str) -> str:
    """JSON in lines, other text as it is; what is neither is told by its length alone."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        if not kind.startswith(TEXTUAL):
            return ""
        text = body.decode("utf-8", "replace")
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2) if "json" in kind else text
    except ValueError:
        return text
