"""The console's first page: how it goes at this moment and has gone, what was changed last, and how to begin."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from gateway_project.console.live.overview_texts import overview_texts
from gateway_project.console.live.page import may_open
from gateway_project.rest import access
from revisions.models import Revision
from routing.models import Route
from services.models import Service

LAST_CHANGES = 8


def overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The context of templates/admin/index.html. Its script asks for the figures (`console.live.figures`)."""
    context["title"] = _("Overview")
    if not may_open(request):
        return context
    everything = access.is_administrator(request.user)
    context |= {"texts": overview_texts(), "everything": everything, "is_fullwidth": "1"}
    context["has_routes"] = access.visible(request.user, Route.objects.live()).exists()
    context["has_services"] = access.visible(request.user, Service.objects.all()).exists()
    if everything and request.user.has_perm("revisions.view_revision"):
        context["changes"] = Revision.objects.order_by("-number")[:LAST_CHANGES]
    return context
