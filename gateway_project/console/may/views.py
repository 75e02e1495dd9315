"""/console/may/: every route, and whether the permissions of a user or a consumer are enough for it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gateway_project.console.may.holder import Holder, consumer_holder, user_holder
from gateway_project.rest import access
from permissions.decision import missing
from routing.compile import live_routes
from routing.example import example_of
from routing.models import Route

A_PAGE = 50
LONGEST = 200


@require_safe
def may_view(request: HttpRequest) -> HttpResponse:
    """Of himself everybody may ask, of others administrators (G-227). Routes are those that the person may see."""
    holder = _holder(request)
    search = request.GET.get("q", "").replace("\0", "")[:LONGEST]
    rows = access.visible(request.user, live_routes()).order_by("path_pattern", "id")
    if search:
        rows = rows.filter(path_pattern__contains=search)
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    asked = {holder.kind: holder.name} | ({"q": search} if search else {})
    context = {
        **admin.site.each_context(request),
        "title": _("What %(name)s may call") % {"name": holder.name},
        "holder": holder,
        "held": sorted(holder.held),
        "search": search,
        "page": page,
        "routes": [_told(row, holder) for row in page],
        "others": urlencode(asked),
    }
    return TemplateResponse(request, "admin/may/page.html", context)


def _holder(request: HttpRequest) -> Holder:
    consumer = request.GET.get("consumer", "").replace("\0", "")[:LONGEST]
    user = request.GET.get("user", "").replace("\0", "")[:LONGEST] or request.user.get_username()
    if (consumer or user != request.user.get_username()) and not access.is_administrator(request.user):
        raise PermissionDenied
    holder = consumer_holder(consumer) if consumer else user_holder(user)
    if holder is None:
        raise Http404
    return holder


def _told(row: Route, holder: Holder) -> dict[str, Any]:
    lacks = missing(row.permission_codes, holder.held, row.permission_check_strategy)
    question = urlencode({**example_of(row), holder.kind: holder.name})
    return {
        "pattern": row.path_pattern,
        "name": row.name,
        "method": row.method,
        "required": row.permission_codes,
        "all_needed": row.permission_check_strategy == "all",
        "lacks": lacks,
        "open": not row.requires_auth and not row.permission_codes,
        "address": reverse("admin:routing_route_change", args=[row.pk]),
        "explain": f"{reverse('answers:explain')}?{question}",
    }
