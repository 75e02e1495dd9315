"""What the page of a service shows of this moment: where its script asks, what the person may press, what it says."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from gateway_project.rest import access
from services.models import InstanceStatus, Service, ServiceInstance

TRAFFIC_PATH = "/console/traffic/"


def service_state(request: HttpRequest, service: Service) -> dict[str, Any]:
    """For templates/admin/live/instances.html. Buttons are for whom the form below would let change the same."""
    instances = reverse("instances")
    own = f"{instances}/{quote(service.name)}"
    return {
        "state": f"{own}/state",
        "breaker": f"{own}/breaker",
        "instances": instances,
        "traffic": f"{TRAFFIC_PATH}?{urlencode({'service': service.name})}",
        "may_break": request.user.has_perm("services.change_service") and access.may_write(request.user, service),
        "may_drain": request.user.has_perm("services.change_serviceinstance")
        and access.may_write(request.user, ServiceInstance(service=service)),
        "texts": _texts(),
    }


def _texts() -> dict[str, Any]:
    return {
        "live": _("Live"),
        "lost": _("No answer, trying again…"),
        "service": _("The service as a whole"),
        "health": {status.value: str(status.label) for status in InstanceStatus},
        "why": {
            "configured": _("set by hand"),
            "health_check": _("its health check fails"),
            "lease": _("its lease has run out"),
            "ejected": _("left out after failed requests"),
        },
        "breaker": {"closed": _("closed"), "half_open": _("half open"), "open": _("open")},
        "by_hand": _("by hand"),
        "wait": _("next probe in {n} s"),
        "since": _("since {time}"),
    }
