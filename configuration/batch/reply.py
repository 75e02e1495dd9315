"""What a batch answers (G-281)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from configuration.batch.body import Outcome
from configuration.refusal import Refused
from configuration.write import Written


def content_of(outcomes: Sequence[Outcome], data: Callable[[int, Written], dict[str, Any]]) -> dict[str, Any]:
    """The content; `data` is what is told of an item that was written, by its place in the batch."""
    errors = [told_of(place, one) for place, one in enumerate(outcomes) if isinstance(one, Refused)]
    results = [
        {"index": place, "status": "success", "data": data(place, one)}
        for place, one in enumerate(outcomes)
        if isinstance(one, Written)
    ]
    return {
        "total": len(outcomes),
        "successful": len(results),
        "failed": len(errors),
        "results": results,
        "errors": errors,
    }


def told_of(place: int, refused: Refused) -> dict[str, Any]:
    """An item that was refused."""
    return {
        "index": place,
        "status": "error",
        "code": refused.code,
        "message": refused.message,
        "errors": refused.errors,
    }
