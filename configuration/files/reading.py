"""A configuration file's bytes into plain values: YAML or JSON, one size for both."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from configuration.files.problem import whole
from configuration.files.yaml_reading import read_yaml
from gateway_project.rest.errors import ApiError
from gateway_project.rest.parser import parse_document

MAX_BYTES = 64 * 1024 * 1024
"""Of a file a command reads; what is sent to the API obeys GATEWAY_MAX_CONTROL_BODY_BYTES."""


def read_document(content: bytes) -> dict[str, Any]:
    """The object a file holds; what begins with `{` is JSON. Raises `DocumentError`."""
    if len(content) > MAX_BYTES:
        raise whole(_("The file is larger than %(most)d bytes.") % {"most": MAX_BYTES})
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise whole(_("The file is not UTF-8.")) from error
    found = _read_json(text) if text.lstrip().startswith("{") else read_yaml(text)
    if not isinstance(found, dict):
        raise whole(_("The file must hold an object with the sections of a configuration."))
    return found


def _read_json(text: str) -> Any:
    try:
        return parse_document(text.encode())
    except ApiError as error:
        fields = error.content.get("errors", {})
        told = [f"{name}: {' '.join(messages)}" for name, messages in fields.items()]
        raise whole("; ".join(told) or str(error.message)) from error
