"""An answer that sends the client elsewhere, without asking an instance.

Where to is written in the configuration: a path of this host, or a URL whose host stands there or is the one that the
route's own `hosts` matched. Nothing a client can write moves the answer to another host.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from proxy.exchange import Exchange
from proxy.reply import Reply
from proxy.snapshot.parts import Parts
from routing.pattern import PRINTABLE
from routing.spec import RouteSpec

NAME = "redirect"

_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\]|\$host)(?::[0-9]{1,5})?"
_BEGINNING = rf"(?:https?://{_HOST}(?=$|[/?]|\$path|\$query)|(?=/|\$path))"
_LOCATION = rf"^{_BEGINNING}(?:[!#%-\[\]^-~]|\$path|\$query)*$"

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "oneOf": [{"required": ["location"]}, {"required": ["https"]}],
    "properties": {
        "status": {
            "description": "301 and 308 may be remembered for ever; 303 makes a GET of every method, 307 and 308 keep "
            "the method.",
            "enum": [301, 302, 303, 307, 308],
            "default": 302,
        },
        "location": {
            "description": "Where to: a path, or an http or https URL. `$path` is the request's path, `$query` its "
            "query with the question mark, `$host` its host, which the route's `hosts` must name.",
            "type": "string",
            "minLength": 1,
            "maxLength": 2000,
            "pattern": _LOCATION,
            "title": "a path, or an http or https URL, with no variables but $path, $query and $host",
        },
        "https": {
            "description": "Sends requests that came over http to the same host, path and query over https; others go "
            "on. The route must name its `hosts`.",
            "const": True,
        },
    },
}

_OVER_HTTPS = "https://$host$path$query"
_VARIABLE = re.compile(r"\$(path|query|host)")


def check(config: Mapping[str, Any]) -> None:
    """Raises `ValueError` for a location that would leave the host to the request's path."""
    location = config.get("location", _OVER_HTTPS)
    beginning = re.match(_BEGINNING, location)
    if beginning is None or not re.fullmatch(_LOCATION, location):
        raise ValueError("location: must begin with /, $path, or http:// or https:// and a host")
    if location[beginning.end() :].replace("$path", "/x").startswith("//"):
        raise ValueError("location: `//` at its beginning would make a host of what follows; $path begins with a slash")


def fold(route: RouteSpec, parts: Parts) -> Callable[[Exchange], None] | None:
    """Raises `ValueError` where the host would be the client's to choose."""
    config = route.plugins.get(NAME)
    if config is None:
        return None
    check(config)
    template = config.get("location", _OVER_HTTPS)
    if "$host" in template and not route.hosts:
        raise ValueError("redirect: $host and https need a route that names its hosts; or write the host into location")
    status, only_http = config.get("status", 302), bool(config.get("https"))

    def redirect(exchange: Exchange) -> None:
        request = exchange.request
        assert request is not None
        forwarded = exchange.runtime.forwarded
        if only_http and forwarded.scheme_of(request.peer, request.headers, request.scheme) == "https":
            return
        raise Reply(status, [(b"location", location(template, exchange))])

    return redirect


def location(template: str, exchange: Exchange) -> bytes:
    """The template filled in; the path is canonical and begins with one slash, the rest is escaped."""
    request = exchange.request
    assert request is not None
    query = quote(request.query.decode("latin-1"), safe=PRINTABLE, encoding="latin-1")
    facts = {"path": request.path.path.decode("ascii"), "query": f"?{query}" if query else "", "host": request.host}
    return _VARIABLE.sub(lambda found: facts[found[1]], template).encode("ascii")
