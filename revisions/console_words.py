"""A refusal as a sentence on a page."""

from __future__ import annotations

from gateway_project.rest.errors import ApiError
from revisions.guards import Guarded


def why(refusal: ApiError) -> str:
    """The message, with what it says of single fields and of what is in the way."""
    if isinstance(refusal, Guarded):
        return refusal.in_words()
    errors = refusal.content.get("errors", {})
    texts = [str(text) for texts in errors.values() for text in texts] if isinstance(errors, dict) else []
    used = ", ".join(str(one) for one in refusal.content.get("used_by", ()))
    return " ".join([str(refusal.message), *texts, *([f"({used})"] if used else [])])
