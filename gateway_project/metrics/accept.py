"""Which form GET /metrics answers in (RFC 9110 section 12.5.1). Pure, with Django's reader of media types."""

from __future__ import annotations

from django.http.request import MediaType

TEXTS = frozenset({("text", "plain"), ("application", "openmetrics-text")})
ENVELOPE = ("application", "json")
ANYTHING = frozenset({("application", "*"), ("*", "*")})


def prefers_text(accept: str) -> bool:
    """Whether the header asks for the exposition rather than for JSON; a draw, and no header, mean the envelope.

    Libraries that accept everything send lists such as `application/json, text/plain, */*`; scrapers give what they
    do not name a lower weight.
    """
    weights: dict[tuple[str, str], float] = {}
    try:
        kinds = [MediaType(part) for part in accept.split(",")]
    except ValueError:  # a parameter in an unknown charset
        return False
    for kind in kinds:
        weights[kind.main_type, kind.sub_type] = max(kind.quality, weights.get((kind.main_type, kind.sub_type), 0))
    text = max((weights.get(name, 0) for name in TEXTS), default=0)
    other = max((weights.get(name, 0) for name in ANYTHING), default=0)
    return text > weights.get(ENVELOPE, other)
