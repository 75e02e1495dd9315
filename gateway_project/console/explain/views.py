"""/console/explain/: asks what `POST /admin/explain` asks (docs/explain.md)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gateway_project.console.explain.form import OF_A_LINK, ExplainForm
from gateway_project.console.explain.shown import shown
from gateway_project.explain.answering import explained
from gateway_project.rest.errors import ApiError
from proxy.explain.explanation import Explanation

CONTENT_OF_FIELDS = "errors"


@require_http_methods(["GET", "HEAD", "POST"])
def explain_view(request: HttpRequest) -> HttpResponse:
    """A question in the address, or posted by the form, with its answer below. Nothing is sent, counted or stored."""
    given = request.POST if request.method == "POST" else _of_link(request.GET)
    form = ExplainForm(given or None, caller=request.user, initial={"method": "GET", "scheme": "http"})
    told = _told(form, request.user) if form.is_bound and form.is_valid() else None
    context = {
        **admin.site.each_context(request),
        "title": _("Explain a request"),
        "form": form,
        "told": None if told is None else shown(told, request.user, form.cleaned_data),
        "link": None if told is None else _link(given),
    }
    return TemplateResponse(request, "admin/explain/page.html", context)


def _told(form: ExplainForm, caller: Any) -> Explanation | None:
    """The answer, or None with the refusal at its field."""
    assert form.asked is not None, "a form without errors has made the question"
    try:
        return explained(caller, form.asked, form.cleaned_data["at"])
    except ApiError as refusal:
        texts = (refusal.content or {}).get(CONTENT_OF_FIELDS, {}).get("as_of") or [str(refusal.message)]
        form.add_error("at", texts)
        return None


def _of_link(query: QueryDict) -> QueryDict:
    """What the address fills in; `headers` may be repeated."""
    found = QueryDict(mutable=True)
    for name in OF_A_LINK:
        if name in query:
            texts = [str(text) for text in query.getlist(name)]
            found[name] = "\n".join(texts) if name == "headers" else texts[-1]
    return found


def _link(given: QueryDict) -> str:
    """The address of this question: without a token, so that it can be passed on."""
    named = {name: str(given[name]) for name in OF_A_LINK if given.get(name)}
    return f"{reverse('answers:explain')}?{urlencode(named)}"
