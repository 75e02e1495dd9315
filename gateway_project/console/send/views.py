"""/console/send/<route>/: a real request through the gateway's own listener, for who may change the route (G-227)."""

from __future__ import annotations

import json
import secrets
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from gateway_project.console.live.page import page
from gateway_project.console.send.form import SendForm
from gateway_project.console.send.record import watching
from gateway_project.console.send.sending import Answer, NotSentError, place, send
from gateway_project.console.send.shown import REASONS, shown
from gateway_project.explain.answering import explained
from gateway_project.rest import access
from permissions.audit import trail
from permissions.models import AuditAction, AuditOutcome
from proxy.explain.asked import Asked
from proxy.explain.explanation import Explanation
from proxy.secrets_mask import mask_target
from proxy.traffic import own_listener
from routing.example import example_of
from routing.models import Route

NEEDED = "routing.change_route"
SENDER_OF_A_LINK = ("user", "consumer")


@sensitive_post_parameters("token", "headers", "body")
@require_http_methods(["GET", "HEAD", "POST"])
def send_view(request: HttpRequest, route: UUID) -> HttpResponse:
    """The form, filled with a request that the route would take; posted, the answer below it."""
    row = _route(request, route)
    given = request.POST if request.method == "POST" else None
    form = SendForm(given, caller=request.user, initial=example_of(row) | {"user": request.user.get_username()})
    answer, problem = _sent(request, row, form) if form.is_bound and form.is_valid() else (None, "")
    context = {
        "form": form,
        "route": row,
        "answer": answer,
        "problem": REASONS[problem] if problem else "",
        "unreachable": own_listener.registered() is None,
        "back": reverse("admin:routing_route_change", args=[row.pk]),
        "others": access.is_administrator(request.user),
    }
    return page(request, "admin/send/page.html", _("Send a test request"), context)


def _route(request: HttpRequest, route: UUID) -> Route:
    """Raises `Http404` for one that the person does not see, `PermissionDenied` for one that he may only see."""
    row = access.visible(request.user, Route.objects.live()).filter(pk=route).select_related("service").first()
    if row is None:
        raise Http404
    if not (request.user.has_perm(NEEDED) and access.may_write(request.user, row)):
        raise PermissionDenied
    return row


def _sent(request: HttpRequest, row: Route, form: SendForm) -> tuple[dict[str, Any] | None, str]:
    """What came back, or why nothing did; nothing of both where the request would not reach this route."""
    asked, listener = form.asked, own_listener.registered()
    assert asked is not None, "a form without errors has made the request"
    told = explained(request.user, asked, None)
    if told.route is None or told.route.id != str(row.pk):
        form.add_error("path", _elsewhere(told))
        return None, ""
    if listener is None:
        return None, "nowhere"
    trace_id, body = secrets.token_hex(16), form.cleaned_data["body"].encode()
    asked = _with_type(asked, body)
    try:
        with place(), watching(row.name or str(row.pk), trace_id) as watch:
            answer = send(listener, asked, body, f"00-{trace_id}-{secrets.token_hex(8)}-00")
            record = watch.record()
    except NotSentError as error:
        _note(form, asked, error.reason, None)
        return None, error.reason
    _note(form, asked, str(answer.status), answer)
    return shown(asked, answer, record, _sender(form)), ""


def _with_type(asked: Asked, body: bytes) -> Asked:
    """With a type of its body, where none was typed."""
    if not body or any(name.lower() == "content-type" for name, _value in asked.headers):
        return asked
    try:
        json.loads(body)
        kind = "application/json"
    except ValueError:
        kind = "text/plain; charset=utf-8"
    headers = (*asked.headers, ("Content-Type", kind))
    return Asked(method=asked.method, target=asked.target, host=asked.host, headers=headers, token=asked.token)


def _elsewhere(told: Explanation) -> str:
    """Why the route of this page would not serve it."""
    if told.outcome == "hidden":
        return _("A route of another team would take this request.")
    if told.outcome == "control":
        return _("This path belongs to the gateway itself.")
    if told.route is not None:
        return _("The route %(pattern)s would take this request.") % {"pattern": told.route.path_pattern}
    return _("This route would not take the request: %(reason)s") % {"reason": told.reason or told.code}


def _note(form: SendForm, asked: Asked, outcome: str, answer: Answer | None) -> None:
    """The audit trail says who sent what in whose name, and how it was answered."""
    trail.act(AuditAction.TEST_SEND)
    who = " ".join(f"{name}={value}" for name, value in _sender(form).items()) or ("token" if asked.token else "nobody")
    detail = f"{asked.method} {mask_target(asked.target.encode('latin-1', 'replace'))[:300]} as {who}: {outcome}"
    trail.note(AuditOutcome.SUCCEEDED, status=None if answer is None else answer.status, detail=detail)


def _sender(form: SendForm) -> dict[str, str]:
    return {name: str(value) for name in SENDER_OF_A_LINK if (value := form.cleaned_data.get(name))}
