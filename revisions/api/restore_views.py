"""POST /admin/…/{id}/restore: one object as it was, a deleted one too (G-160, G-500)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gateway_project.rest import access
from gateway_project.rest.errors import NotFound
from gateway_project.rest.filters import refuse_unknown_parameters
from gateway_project.rest.parser import text_problem
from gateway_project.rest.schema import CHANGE_REASON, DRY_RUN, answers
from revisions.api import examples, replies
from revisions.api.viewset import asked_revision, in_force_reply, refuse_body, request_change
from revisions.documents import row_of
from revisions.models import RevisionItem
from revisions.recorded import model_of
from revisions.restore_object import restore_object

NO_RECORD = _("No record of it is kept.")


class RestoreView(APIView):
    """Whoever may write the object, as it was and as it will be, may bring it back."""

    kind: ClassVar[str]
    rehearsable: ClassVar[bool] = True

    def get_permissions(self) -> list[BasePermission]:
        """Any valid token where rows belong to services, and the rows decide; else administrators."""
        owned = access.belongs_to_service(model_of(self.kind))
        return [access.authenticated() if owned else access.administrator()]

    def post(self, request: Request, pk: str) -> Response:
        """Without `as_of`, undoes the deletion."""
        refuse_unknown_parameters(request, {"as_of", "dry_run"})
        refuse_body(request)
        asked = "as_of" in request.query_params
        number = asked_revision(request) if asked else None
        model = model_of(self.kind)
        with request_change(request) as current:
            item = self._last_item(pk)
            self._check(request, row_of(model, item.after or item.before or {}))
            key = model._meta.pk.to_python(item.object_id)
            restored = restore_object(model, key, number, lambda row: self._check(request, row))
            current.because(f"restore of {self.kind} {item.name} as of {restored}")
        content = {"id": item.object_id, "as_of": restored, "revision": current.number}
        return in_force_reply(_("Restored."), content, current)

    def _last_item(self, pk: str) -> RevisionItem:
        """The newest record of the object."""
        items = RevisionItem.objects.filter(kind=self.kind, object_id=pk.lower())
        found = None if text_problem(pk) else items.order_by("pk").last()
        if found is None:
            raise NotFound(NO_RECORD)
        return found

    @staticmethod
    def _check(request: Request, row: Any) -> None:
        """Raises `NotFound` for what the caller may not see, also where its service is gone; `Forbidden`."""
        try:
            access.require_write(request.user, row)
        except (ObjectDoesNotExist, NotFound):
            raise NotFound(NO_RECORD) from None


def restore_view(kind: str, tag: str) -> Any:
    """The view for one kind of object."""
    view: Any = type(f"{kind.title()}RestoreView", (RestoreView,), {"kind": kind, "__doc__": RestoreView.__doc__})
    described = extend_schema(
        operation_id=f"restore{kind.title()}",
        summary=f"Bring {'an' if kind[0] in 'aeiou' else 'a'} {kind} back, undeleted or as of a revision",
        tags=[tag],
        parameters=[examples.IDENTITY, examples.AS_OF, CHANGE_REASON, DRY_RUN],
        request=None,
        responses=answers(
            f"{kind.title()}Restored", replies.ObjectRestoredSerializer, 400, 404, 409, example=examples.OBJECT_RESTORED
        ),
    )
    return extend_schema_view(post=described)(view).as_view()
