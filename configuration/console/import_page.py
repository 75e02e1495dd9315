"""/console/files/: a document becomes a plan, and the plan one change, or a change set. The same as /admin/config."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from configuration.changesets.drafting import Drafting
from configuration.console.import_form import OPENAPI, ImportForm
from configuration.console.items import ACTIONS, sides_shown
from configuration.console.keeper import may_keep
from configuration.files.api.views import NO_VARIABLES
from configuration.files.importing import Prepared, prepared
from configuration.files.openapi.merging import configuration_of
from configuration.files.plan import DEFAULT, Plan, shown
from configuration.files.plan_text import plan_document
from configuration.files.problem import DocumentError
from configuration.files.reading import read_document
from configuration.refusal import Refused, judged
from gateway_project.rest import access
from gateway_project.rest.errors import Conflict
from revisions import console_preview, in_force
from revisions.change import change
from revisions.console_drafts import KEEP, DraftForm, put, rehearsed
from revisions.drafts import keeper
from services.models import Service

PLAN, APPLY = "_plan", "_apply"
MOST = 200
"""Changes of a plan, and services to choose from, that the page shows."""

Told = dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
def import_view(request: HttpRequest) -> HttpResponse:
    """Anybody may take the configuration that he sees with him; operators bring one."""
    if request.method != "POST":
        return page(request, ImportForm() if may_keep(request) else None)
    if not may_keep(request):
        raise PermissionDenied
    form = _bound(request)
    if not form.is_valid():
        return page(request, form)
    if APPLY in request.POST:
        return _answered(request, form, lambda: _apply(request, form.cleaned_data))
    if KEEP in request.POST:
        return _answered(request, form, lambda: _keep(request, form))
    return _answered(request, form, lambda: _planned(request, form))


def page(request: HttpRequest, form: ImportForm | None, **more: Any) -> HttpResponse:
    """The page, with whatever has come of a question."""
    names = access.visible(request.user, Service.objects.order_by("name")).values_list("name", flat=True)
    context = {
        **admin.site.each_context(request),
        "title": _("Import and export"),
        "form": form,
        "services": names[:MOST] if form is not None else (),
        **more,
    }
    return TemplateResponse(request, "admin/files/page.html", context)


def _bound(request: HttpRequest) -> ImportForm:
    """The form; what was uploaded stands in its text from now on, so that what is applied is what was seen."""
    data, file = request.POST.copy(), request.FILES.get("file")
    unreadable = False
    sized = ImportForm(data, request.FILES)
    sized.is_valid()
    if file is not None and "file" not in sized.errors:
        try:
            data["content"] = file.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            unreadable = True
    form = ImportForm(_with_lines(data), request.FILES)
    form.needs_reason = APPLY in request.POST
    if unreadable:
        form.add_error("file", _("The file is not UTF-8."))
    return form


def _with_lines(data: QueryDict) -> QueryDict:
    """Browsers send texts with CRLF, whatever was pasted."""
    data["content"] = str(data.get("content", "")).replace("\r\n", "\n")
    return data


def _answered(request: HttpRequest, form: ImportForm, act: Callable[[], HttpResponse]) -> HttpResponse:
    """What it answers, or the page with what is wrong with the document, or with importing it."""
    try:
        outcome = judged(act)
    except DocumentError as error:
        return page(request, form, problems=error.problems)
    if not isinstance(outcome, Refused):
        return outcome
    errors = outcome.details.get("errors")
    texts = [text for one in errors.values() for text in one] if isinstance(errors, dict) else []
    used = outcome.details.get("used_by", ())
    return page(request, form, refused=outcome.message, refused_texts=[*texts, *used])


def _ready(request: HttpRequest, values: Told) -> Prepared:
    """Raises `DocumentError` with everything that is wrong with the document."""
    document = read_document(values["content"].encode("utf-8", "surrogatepass"))
    if values["what"] == OPENAPI:
        wanted = configuration_of(document, values["service"], values["prefix"], request.user)
        return prepared(wanted, request.user, environment=NO_VARIABLES)
    selection, prune = values["labels"], values["prune"]
    return prepared(document, request.user, environment=NO_VARIABLES, selection=selection, prune=prune)


def _planned(request: HttpRequest, form: ImportForm, draft: DraftForm | None = None) -> HttpResponse:
    with rehearsed(request) as current:
        ready = _ready(request, form.cleaned_data)
        ready.carry_out(request.user, request.user.get_username())
    found = keeper()
    if draft is None and found is not None:
        draft = DraftForm(found.open_sets(request))
    told = plan_shown(ready.plan)
    preview = console_preview.shown(current.effects or {})
    typed = {name: form[name].value() for name in form.fields if name != "file"}
    shown_form = ImportForm(initial={**typed, "plan": digest(ready.plan)})
    return page(request, shown_form, told=told, preview=preview, draft=draft)


def _apply(request: HttpRequest, values: Told) -> HttpResponse:
    actor = request.user.get_username()
    made = change(actor, reason=values["reason"], request_id=getattr(request, "request_id", ""))
    with access.acting(request.user), made as current:
        ready = _ready(request, values)
        if digest(ready.plan) != values["plan"]:
            raise Conflict(_("The plan is another one now: nothing was stored. Look at it, and apply it again."))
        ready.carry_out(request.user, actor)
        current.because("import of an OpenAPI document" if values["what"] == OPENAPI else "import of a document")
    if current.number is None:
        messages.info(request, _("No changes: everything is as the document says."))
        return HttpResponseRedirect(request.path)
    in_force.wait(current.number)
    messages.success(request, _("Imported as revision %(number)d.") % {"number": current.number})
    if not request.user.has_perm("revisions.view_revision"):
        return HttpResponseRedirect(request.path)
    return HttpResponseRedirect(reverse("admin:revisions_revision_change", args=[current.number]))


def _keep(request: HttpRequest, form: ImportForm) -> HttpResponse:
    watching = Drafting()
    with rehearsed(request, watching):
        _ready(request, form.cleaned_data).carry_out(request.user, request.user.get_username())
    return put(request, watching) or _planned(request, form, request.draft_form)  # type: ignore[attr-defined]


def digest(plan: Plan) -> str:
    """Tells plans apart, secrets included."""
    told = [
        (one.action, one.kind, one.name, [(part.place, part.before, part.after) for part in one.fields])
        for one in plan.changes
    ]
    return hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()


def plan_shown(plan: Plan) -> Told:
    """For templates/admin/files/plan.html."""
    changes = [
        {
            "action": one.action,
            "action_shown": ACTIONS[one.action],
            "kind": one.kind.replace("_", " "),
            "name": one.name,
            "sides": {part.place: sides_shown(_sides(part)) for part in one.fields},
        }
        for one in plan.changes[:MOST]
    ]
    further = max(0, len(plan.changes) - MOST)
    return {"summary": plan_document(plan)["summary"], "changes": changes, "further": further}


def _sides(part: Any) -> Told:
    """Of a value that no side names, nothing."""
    sides = {"before": part.before, "after": part.after}
    return {side: value if value is DEFAULT else shown(value) for side, value in sides.items()}
