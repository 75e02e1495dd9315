"""What was deleted and is not there again, with the way back."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from gateway_project.rest import access
from revisions.console_restore import may_restore
from revisions.models import Action, RevisionItem
from revisions.recorded import kind_of

A_PAGE = 50
LONGEST = 200


class DeletedPages:
    """A page beside the list of one model."""

    model: Any
    admin_site: Any

    @action(description=_("Deleted ones"), url_path="deleted", icon="restore_from_trash")
    def deleted(self, request: HttpRequest) -> HttpResponse:
        """The newest first; who may not bring one back sees that it was there."""
        if not self.has_view_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        search = request.GET.get("q", "").replace("\0", "")[:LONGEST]
        rows = gone(request.user, kind_of(self.model))
        page = Paginator(rows.filter(name__icontains=search) if search else rows, A_PAGE).get_page(
            request.GET.get("page")
        )
        opts = self.model._meta
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Deleted %(names)s") % {"names": opts.verbose_name_plural},
            "search": search,
            "page": page,
            "rows": [_told(request, item) for item in page],
            "others": urlencode({"q": search}) if search else "",
            "back": reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"),
        }
        return TemplateResponse(request, "admin/revisions/deleted.html", context)


def gone(caller: Any, kind: str) -> QuerySet[RevisionItem]:
    """The record of the deletion of every object of this kind that has not come back, as far as he may see it."""
    later = RevisionItem.objects.filter(kind=kind, object_id=OuterRef("object_id"), pk__gt=OuterRef("pk"))
    items = RevisionItem.objects.filter(kind=kind, action=Action.DELETE).exclude(Exists(later))
    return access.visible(caller, items).select_related("revision").defer("before", "after").order_by("-pk")


def _told(request: HttpRequest, item: RevisionItem) -> dict[str, Any]:
    arguments = [item.revision_id, item.kind, item.object_id]
    return {
        "name": item.name,
        "at": item.revision.created_at,
        "by": item.revision.actor,
        "number": item.revision_id,
        "revision": reverse("admin:revisions_revision_change", args=[item.revision_id]),
        "restore": reverse("admin:revisions_revision_restore_object", args=arguments)
        if may_restore(request.user, item.kind)
        else "",
    }
