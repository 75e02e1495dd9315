"""One object put back as it was before a revision, a deleted one too: shown first, then done."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from gateway_project.rest import access
from gateway_project.rest.errors import ApiError, Forbidden, NotFound
from gateway_project.rest.parser import text_problem
from revisions import in_force, rehearsal
from revisions.change import change
from revisions.console_preview import shown
from revisions.console_words import why
from revisions.documents import row_of
from revisions.history import Difference
from revisions.models import Action, RevisionItem
from revisions.recorded import model_of
from revisions.restore_object import restore_object

RESTORABLE = frozenset({"route", "service", "instance", "permission", "role", "consumer", "grant", "issuer"})
"""Kinds whose objects are brought back one by one, as the API brings them back by their id."""
ADMINISTRATORS_ONLY = frozenset({"service"})
"""Of those that belong to a service: who may not make and remove one brings none back."""


class ObjectRestore:
    """The page of a revision, extended by what takes one of its changes back."""

    admin_site: Any

    def get_urls(self) -> list[URLPattern]:
        """Before those that take any path."""
        view = self.admin_site.admin_view(self.restore_before)
        name = "revisions_revision_restore_object"
        return [path("<int:number>/object/<str:kind>/<str:object_id>/", view, name=name), *super().get_urls()]  # type: ignore[misc]

    def restore_before(self, request: HttpRequest, number: int, kind: str, object_id: str) -> HttpResponse:
        """Asks first, showing what would change. What the person may not see does not exist."""
        if kind not in RESTORABLE or text_problem(object_id):
            raise Http404
        wanted = RevisionItem.objects.filter(revision=number, kind=kind, object_id=object_id).exclude(
            action=Action.CREATE
        )
        item = access.visible(request.user, wanted).order_by("pk").last()
        if item is None:
            raise Http404
        if not may_restore(request.user, kind):
            raise PermissionDenied
        back = reverse("admin:revisions_revision_change", args=[number])
        try:
            if request.method == "POST":
                _put_back(request, item, number)
                return HttpResponseRedirect(back)
            effects = _rehearsed(request, item, number)
        except Forbidden:
            raise PermissionDenied from None
        except ApiError as refusal:
            messages.error(request, why(refusal))
            return HttpResponseRedirect(back)
        values = {"name": item.name, "number": number}
        context = {
            **self.admin_site.each_context(request),
            "title": _("Restore %(name)s as it was before revision %(number)d") % values,
            "preview": shown(effects),
            "back": back,
        }
        return TemplateResponse(request, "admin/revisions/restore_object.html", context)


def restore_address(person: Any, number: int, one: Difference) -> str:
    """The page that takes this change back; empty where there is nothing to, or it is not the person's to."""
    if one.action == Action.CREATE or one.kind not in RESTORABLE or not may_restore(person, one.kind):
        return ""
    return reverse("admin:revisions_revision_restore_object", args=[number, one.kind, one.object_id])


def may_restore(person: Any, kind: str) -> bool:
    """Whether objects of this kind are the person's to bring back; of which service is asked of the row."""
    model = model_of(kind)
    if not person.has_perm(f"{model._meta.app_label}.change_{model._meta.model_name}"):
        return False
    owned = access.belongs_to_service(model) and kind not in ADMINISTRATORS_ONLY
    return owned or access.is_administrator(person)


def _put_back(request: HttpRequest, item: RevisionItem, number: int) -> None:
    request_id = getattr(request, "request_id", "")
    made = change(request.user.get_username(), reason="console", request_id=request_id)
    with access.acting(request.user), made as current:
        _restore(request.user, item, number)
        current.because(f"restore of {item.kind} {item.name} as of {number - 1}")
    if current.number is None:
        messages.info(request, _("It is as it was: nothing has changed."))
        return
    in_force.wait(current.number)
    messages.success(request, _("Restored."))


def _rehearsed(request: HttpRequest, item: RevisionItem, number: int) -> dict[str, Any]:
    made = change(request.user.get_username(), foresight=rehearsal.for_caller(request.user))
    with access.acting(request.user), made as current:
        _restore(request.user, item, number)
    return current.effects or {}


def _restore(person: Any, item: RevisionItem, number: int) -> None:
    """Raises `ApiError` for what cannot be brought back, or is not the person's."""
    model = model_of(item.kind)

    def check(row: Any) -> None:
        try:
            if access.belongs_to_service(model):
                access.require_write(person, row)
        except ObjectDoesNotExist:
            raise NotFound(_("The service it belonged to is gone: restore that first.")) from None

    check(row_of(model, item.after or item.before or {}))
    key = model._meta.pk.to_python(item.object_id)
    restore_object(model, key, number - 1, check, lambda row: access.sees(person, row))
