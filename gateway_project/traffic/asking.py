"""What GET /admin/traffic/tail is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from gateway_project.rest.errors import field_errors
from gateway_project.rest.filters import refuse_unknown_parameters
from gateway_project.rest.pagination import query_integer
from proxy.traffic.wanted import Wanted

STATUS = r"^[1-5]([0-9][0-9]|xx)$"
MOST_NAME = 255
MOST_MS = 3_600_000
MOST_SECONDS = 86_400
NAME = {"type": "string", "minLength": 1, "maxLength": MOST_NAME}
PARAMETERS = [
    OpenApiParameter("route", NAME, description="Only this one: its name, or its id where it has no name."),
    OpenApiParameter("service", NAME, description="Only requests to this service."),
    OpenApiParameter("user", NAME, description="Only those of this user."),
    OpenApiParameter("status", {"type": "string", "pattern": STATUS}, description="A status, or `5xx` for a class."),
    OpenApiParameter(
        "slow", {"type": "integer", "minimum": 0, "maximum": MOST_MS}, description="Milliseconds, at least."
    ),
    OpenApiParameter(
        "seconds",
        {"type": "integer", "minimum": 0, "maximum": MOST_SECONDS, "default": MOST_SECONDS},
        description="After so many the stream ends.",
    ),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """What to show, and for how long."""

    wanted: Wanted
    seconds: int


def asked(request: Request) -> Asked:
    """The parameters. Raises `BadRequest` naming one that is unknown or out of range."""
    refuse_unknown_parameters(request, {one.name for one in PARAMETERS})
    texts = {name: request.query_params.get(name) for name in ("route", "service", "user", "status")}
    wrong = {
        name: _("Must be 1 to 255 characters.")
        for name, text in texts.items()
        if text is not None and not 0 < len(text) <= MOST_NAME
    }
    if texts["status"] is not None and not re.fullmatch(STATUS, texts["status"]):
        wrong["status"] = _("Must be a status such as 404, or a class such as 5xx.")
    if wrong:
        raise field_errors(wrong)
    slow = query_integer(request, "slow", default=0, lowest=0, highest=MOST_MS)
    seconds = query_integer(request, "seconds", default=MOST_SECONDS, lowest=0, highest=MOST_SECONDS)
    route, service, user, status = (text or "" for text in texts.values())
    return Asked(Wanted(0, route, service, status, user, float(slow)), seconds)
