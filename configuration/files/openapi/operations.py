"""What an OpenAPI 3.0 or 3.1 document says of paths and methods. Pure; what a route cannot say is refused by name.

| OpenAPI | route |
|---|---|
| path, with `{x}` as a whole segment | `path_pattern`, with `*`; at the end it stands for the rest of the path |
| method | `method`; HEAD is answered by the GET route |
| `operationId`, else method and path | `name` |
| `security`: none, or an empty choice | `requires_auth: false`; where nothing is said, a token is asked for |
| `tags` | label `tags`, with commas |
| `summary` | `description` |
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from configuration.files.located import line_of
from configuration.files.problem import DocumentError, Place, Problem, whole
from configuration.files.substitution import escaped

METHODS = ("get", "post", "put", "delete", "patch")
WITHOUT_ROUTE = ("options", "trace")
TEMPLATE = re.compile(r"\{[^{}/]+\}")
VERSION = re.compile(r"3\.[01](\..*)?")
LONGEST = {"name": 100, "description": 500, "tags": 255}


def routes_of(document: Mapping[str, Any], service: str, prefix: str, target: str) -> list[dict[str, Any]]:
    """The routes of every operation. Raises `DocumentError` naming every one that cannot be a route."""
    if not VERSION.fullmatch(str(document.get("openapi", ""))):
        raise whole(_("This is no OpenAPI document of version 3.0 or 3.1."))
    paths = document.get("paths", {})
    if not isinstance(paths, dict):
        raise whole(_("paths must be an object."), line_of(document, "paths"))
    reader = _Reader(document, service, prefix.rstrip("/"), target.rstrip("/"))
    routes = [route for path, item in paths.items() for route in reader.routes(path, item, line_of(paths, path))]
    if reader.problems:
        raise DocumentError(reader.problems)
    return _in_order(routes)


class _Reader:
    def __init__(self, document: Mapping[str, Any], service: str, prefix: str, target: str) -> None:
        self.document = document
        self.service = service
        self.prefix = prefix
        self.target = target
        self.problems: list[Problem] = []

    def routes(self, path: str, item: Any, line: int | None) -> Iterator[dict[str, Any]]:
        """Those of one path."""
        place = Place("paths", path, line)
        item = self._resolved(item, place)
        stars = "/".join("*" if TEMPLATE.fullmatch(segment) else segment for segment in path.split("/"))
        if not path.startswith("/") or "{" in stars or "}" in stars or "*" in path:
            self._refuse(
                place, "", _("A route cannot say this path: it begins with “/”, and a template is a whole segment.")
            )
            return
        self._refuse_servers(item, place, "")
        for name in WITHOUT_ROUTE:
            if name in item:
                self._refuse(place, name, _("No route is made for this method. Leave the operation out."))
        if "head" in item and "get" not in item:
            self._refuse(place, "head", _("HEAD is answered by a GET route, and there is no GET here."))
        for method in METHODS:
            if method in item:
                yield from self._route(path, stars, method, item[method], place)

    def _route(self, path: str, stars: str, method: str, operation: Any, place: Place) -> Iterator[dict[str, Any]]:
        if not isinstance(operation, dict):
            self._refuse(place, method, _("Must be an object."))
            return
        self._refuse_servers(operation, place, method)
        name = str(operation.get("operationId") or f"{method.upper()} {path}")
        if len(name) > LONGEST["name"]:
            self._refuse(place, f"{method}.operationId", _("Longer than the name of a route may be."))
        route: dict[str, Any] = {
            "name": escaped(name),
            "service_name": escaped(self.service),
            "path_pattern": self.prefix + stars,
            "path_kind": "pattern" if "*" in stars.split("/")[1:-1] else "",
            "method": method.upper(),
            "target_url": self.target + stars,
            "description": escaped(" ".join(str(operation.get("summary", "")).split())[: LONGEST["description"]]),
            "labels": _labels(operation.get("tags")),
        }
        if not self._asks_for_a_token(operation):
            route["requires_auth"] = False
        yield {field: value for field, value in route.items() if value not in ("", {})}

    def _asks_for_a_token(self, operation: Mapping[str, Any]) -> bool:
        choices = operation.get("security", self.document.get("security"))
        return choices is None or (bool(choices) and isinstance(choices, list) and {} not in choices)

    def _resolved(self, item: Any, place: Place) -> dict[str, Any]:
        """A path item, through one reference into the document."""
        reference = item.get("$ref") if isinstance(item, dict) else None
        if isinstance(reference, str):
            item = self.document
            for step in reference.removeprefix("#/").split("/") if reference.startswith("#/") else [""]:
                step = step.replace("~1", "/").replace("~0", "~")
                item = item.get(step) if isinstance(item, dict) else None
            if item is None:
                self._refuse(place, "$ref", _("Leads out of the document, or nowhere."))
        if not isinstance(item, dict):
            if item is not None:
                self._refuse(place, "", _("Must be an object."))
            return {}
        return item

    def _refuse_servers(self, holder: Mapping[str, Any], place: Place, field: str) -> None:
        if holder.get("servers"):
            told = _("Has servers of its own: make another service for it, from a document of its own.")
            self._refuse(place, f"{field}.servers".lstrip("."), told)

    def _refuse(self, place: Place, field: str, told: str) -> None:
        self.problems.append(Problem(place, field, told))


def _labels(tags: Any) -> dict[str, str]:
    named = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    return {"tags": escaped(",".join(named)[: LONGEST["tags"]])} if named else {}


def _in_order(routes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With a higher priority where a `*` at the end of another path would take the requests too."""
    heads = {route["path_pattern"][:-1] for route in routes if route["path_pattern"].endswith("/*")}
    for route in routes:
        path = route["path_pattern"].removesuffix("*")
        above = [head for head in heads if path != head and path.startswith(head)]
        if above and "*" in route["path_pattern"]:
            route["priority"] = len(above)
    return routes
