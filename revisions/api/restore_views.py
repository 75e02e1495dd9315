"""POST /admin/…/{id}/restore: one object as it was, a deleted one too (G-160, G-500)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, ClassVar

from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gateway_project.rest import access
from gateway_project.rest.errors import BadRequest, NotFound
from gateway_project.rest.filters import query_flag, refuse_unknown_parameters
from gateway_project.rest.parser import text_problem
from gateway_project.rest.schema import CHANGE_REASON, DRY_RUN, answers
from revisions.api import examples, replies
from revisions.api.viewset import asked_revision, in_force_reply, refuse_body, request_change
from revisions.as_of import as_of
from revisions.documents import row_of
from revisions.heavy_read import heavy_read, too_far
from revisions.models import RevisionItem
from revisions.recorded import model_of
from revisions.restore_object import before_deletion, restore_object

NO_RECORD = _("No record of it is kept.")


class RestoreView(APIView):
    """Whoever may write the object, as it was and as it will be, may bring it back."""

    kind: ClassVar[str]
    rehearsable: ClassVar[bool] = True
    parameters: ClassVar[tuple[OpenApiParameter, ...]] = (examples.AS_OF, CHANGE_REASON, DRY_RUN)
    names: ClassVar[frozenset[str]] = frozenset({"as_of", "dry_run"})
    """Of the parameters that are understood in the query."""

    def get_permissions(self) -> list[BasePermission]:
        """Any valid token where rows belong to services, and the rows decide; else administrators."""
        owned = access.belongs_to_service(model_of(self.kind))
        return [access.authenticated() if owned else access.administrator()]

    def post(self, request: Request, **path: str) -> Response:
        """Without `as_of`, undoes the deletion."""
        refuse_unknown_parameters(request, set(self.names))
        refuse_body(request)
        asked = "as_of" in request.query_params
        number = asked_revision(request) if asked else None
        with heavy_read(request.user), request_change(request) as current:
            item = self.last_item(number, **path)
            self._check(request, row_of(self.model, item.after or item.before or {}))
            restored = self.restore(request, self.model._meta.pk.to_python(item.object_id), number)
            current.because(f"restore of {self.kind} {item.name} as of {restored}")
        content = {"id": item.object_id, "as_of": restored, "revision": current.number}
        return in_force_reply(_("Restored."), content, current)

    @property
    def model(self) -> Any:
        """Of the rows of this kind."""
        return model_of(self.kind)

    def restore(self, request: Request, key: Any, number: int | None, **options: Any) -> int:
        """As `restore_object`, as far as the caller may, and as far back. Raises `BadRequest` for what is further."""
        if number is None:
            number = before_deletion(self.model, key)
            if told := too_far(request.user, number):
                raise BadRequest(told)
        return restore_object(
            self.model, key, number, lambda row: self._check(request, row), seen_by(request.user), **options
        )

    def last_item(self, number: int | None, pk: str) -> RevisionItem:
        """The newest record of the object that the path names. Raises `NotFound`."""
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


def seen_by(caller: Any) -> Callable[[Any], bool]:
    """Whether the caller may see a stored row."""
    return lambda row: access.sees(caller, row)


class NamedRestoreView(RestoreView):
    """Of administrators, for what has a name of its own, which several objects may have had one after another."""

    def get_permissions(self) -> list[BasePermission]:
        """They alone make, name and remove such."""
        return [access.administrator()]

    def last_item(self, number: int | None, pk: str) -> RevisionItem:
        """Of the object that had the name as of the revision, else of the last one that had it; or by its id."""
        named = RevisionItem.objects.filter(kind=self.kind, name=pk).order_by("pk")
        if text_problem(pk) or not named.exists():
            return super().last_item(number, pk)
        identity = None if number is None else self._identity_as_of(number, pk)
        own = named if identity is None else named.filter(object_id=str(identity))
        return own.last() or super().last_item(number, str(identity))

    def _identity_as_of(self, number: int, name: str) -> Any:
        with as_of(number):
            return self.model._base_manager.filter(name=name).values_list("pk", flat=True).first()


class ServiceRestoreView(NamedRestoreView):
    """A service: one that is gone with its instances, one that is there alone, or with `instances=true`."""

    kind = "service"
    parameters = (*NamedRestoreView.parameters, examples.INSTANCES)
    names = NamedRestoreView.names | {"instances"}

    def restore(self, request: Request, key: Any, number: int | None, **options: Any) -> int:
        """With `instances=true` those that are there now become those of the revision."""
        return super().restore(request, key, number, whole=query_flag(request, "instances"), **options)


class GlobalPluginRestoreView(NamedRestoreView):
    """A plugin bound to everything. One of the same name that was bound since makes room."""

    kind = "global_plugin"

    def restore(self, request: Request, key: Any, number: int | None, **options: Any) -> int:
        """Unbinding and binding again makes another row: it is the name that is meant, where a revision is named."""
        with as_of(number) if number is not None else nullcontext():
            name = self.model._base_manager.filter(pk=key).values_list("name", flat=True).first()
        taken = self.model._base_manager.filter(name=name).values_list("pk", flat=True) if name else ()
        return super().restore(request, key, number, instead_of=list(taken), **options)


class CredentialRestoreView(RestoreView):
    """A key or a password of a consumer, with the hash it had: who still holds it may use it again."""

    kind = "credential"
    credential_kind: ClassVar[str]

    def last_item(self, number: int | None, pk: str, consumer_id: str = "") -> RevisionItem:
        """Raises `NotFound` for one of another consumer, or of the other kind."""
        found = super().last_item(number, pk)
        kept = found.after or found.before or {}
        if (str(kept.get("consumer_id")), kept.get("kind")) != (consumer_id.lower(), self.credential_kind):
            raise NotFound(NO_RECORD)
        return found


def restore_view(kind: str, tag: str) -> Any:
    """The view for one kind of object that its id names."""
    view: Any = type(f"{kind.title()}RestoreView", (RestoreView,), {"kind": kind, "__doc__": RestoreView.__doc__})
    return described(view, kind.title(), kind, tag, examples.IDENTITY)


def credential_restore_view(kind: str, title: str) -> Any:
    """The view for keys, or for passwords."""
    view: Any = type(f"{title}RestoreView", (CredentialRestoreView,), {"credential_kind": kind})
    return described(view, title, title.lower(), "consumers", examples.NUMBERED)


def described(view: Any, title: str, noun: str, tag: str, *identity: OpenApiParameter) -> Any:
    """The view with its part of the OpenAPI document."""
    drawn = extend_schema(
        operation_id=f"restore{title}",
        summary=f"Bring {'an' if noun[0] in 'aeiou' else 'a'} {noun} back, undeleted or as of a revision",
        tags=[tag],
        parameters=[*identity, *view.parameters],
        request=None,
        responses=answers(
            f"{title}Restored", replies.ObjectRestoredSerializer, 400, 404, 409, example=examples.OBJECT_RESTORED
        ),
    )
    return extend_schema_view(post=drawn)(view).as_view()
