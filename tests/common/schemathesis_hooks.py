"""Hooks of schemathesis: half of the calls of one object name an object that is there, instead of a random id.

A stream that would go on is asked for to end at once.
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

import schemathesis

NAMES = {"service_name": ("user-service",), "name": ("user-service",), "plugin": ("cors", "request_id", "key_auth")}
"""What path parameters that are names are given."""

LONGEST_STREAM = 86_400

created: dict[str, list[dict[str, str]]] = {}
"""By the path of a collection: the path parameters of what was created in it lately."""


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """A stream that would go on is ended at once; a length that is wrong stays. An empty list is not sent at all."""
    if case.operation.path != "/admin/traffic/tail":
        return
    query = {name: value for name, value in (case.query or {}).items() if value != []}
    if str(query.get("seconds", "0")).isdecimal() and int(query.get("seconds", "0")) <= LONGEST_STREAM:
        case.query = {**query, "seconds": "0"}


@schemathesis.hook
def after_call(_context: Any, case: Any, response: Any) -> None:
    """Remembers the ids that a POST answers with: the first value of its content."""
    if case.method != "POST" or response.status_code != 200:
        return
    content = response.json()["content"]
    identity = next((value for value in content.values() if isinstance(value, str)), None)
    if identity is not None:
        known = created.setdefault(case.operation.path, [])
        known.append({**(case.path_parameters or {}), "": identity})
        del known[:-5]


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """The parameters of something that exists, for every second of those made up."""
    if not path_parameters:
        return path_parameters
    chance = crc32(repr(sorted(path_parameters.items())).encode("utf-8", "replace"))
    if chance % 2:
        return path_parameters
    found = {name: NAMES[name][chance // 2 % len(NAMES[name])] for name in path_parameters if name in NAMES}
    collections = [path for path in created if context.operation.path.startswith(f"{path}/{{")]
    for path in sorted(collections, key=len):
        parameter = context.operation.path.removeprefix(f"{path}/{{").partition("}")[0]
        one = dict(created[path][chance // 2 % len(created[path])])
        found |= {parameter: one.pop(""), **one}
    return {**path_parameters, **{name: text for name, text in found.items() if name in path_parameters}}
