"""Entity tags of single objects and the `If-Match` guard against lost updates (G-143, RFC 9110 §13.1.1)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.utils.http import parse_etags
from rest_framework.request import Request

from gateway_project.rest.errors import PreconditionFailed


def etag_of(document: Mapping[str, Any]) -> str:
    """A strong tag of an object's whole representation."""
    text = json.dumps(document, sort_keys=True, default=str)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def check_if_match(request: Request, document: Mapping[str, Any]) -> None:
    """Raises `PreconditionFailed` when `If-Match` is there and does not name this state; weak tags never do."""
    header = request.headers.get("If-Match")
    if header is None:
        return
    tags = parse_etags(header)
    if tags != ["*"] and etag_of(document) not in tags:
        raise PreconditionFailed
