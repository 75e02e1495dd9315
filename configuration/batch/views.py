"""POST, PUT and DELETE /admin/batch/routes and /admin/batch/services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from configuration.batch import examples
from configuration.batch.body import Outcome, each, items_of, named, only_named
from configuration.batch.reply import content_of
from configuration.kind import Kind
from configuration.kinds import kind_named
from configuration.write import Writer, Written
from gateway_project.rest import access
from gateway_project.rest.errors import BadRequest
from gateway_project.rest.filters import query_flag, refuse_unknown_parameters
from revisions.api.viewset import body_of, in_force_reply, request_change


class Form(NamedTuple):
    """What a method does with the items."""

    read: Callable[[Any], Any]
    """Makes of one item what `write` takes; raises `BadRequest` for the wrong shape."""
    write: Callable[[Writer, Kind, list[Any]], list[Outcome]]
    tell: Callable[[BatchView, Written, Any], dict[str, Any]]
    """What is told of a written item, beside its id."""


class BatchView(APIView):
    """Many objects of one kind in one request and one revision.

    Each stands by itself unless `?atomic=true` is given: then one that is refused keeps all from being stored.
    """

    rehearsable: ClassVar[bool] = True
    deletes_by_body: ClassVar[bool] = True
    kind: ClassVar[str]
    list_key: ClassVar[str]
    reply_id: ClassVar[str]
    created_fields: ClassVar[tuple[str, ...]]
    """Fields told of a new object, beside its id."""
    messages: ClassVar[dict[str, Any]]

    def get_permissions(self) -> list[BasePermission]:
        """Administrators, and operators: what belongs to their teams is asked for each item."""
        return [access.operator()]

    def post(self, request: Request) -> Response:
        """Creates them."""
        return self._answer(request, "POST")

    def put(self, request: Request) -> Response:
        """Changes the given fields of those that `id` names: an id, or a name."""
        return self._answer(request, "PUT")

    def delete(self, request: Request) -> Response:
        """Removes those that `id` names."""
        return self._answer(request, "DELETE")

    def _answer(self, request: Request, method: str) -> Response:
        refuse_unknown_parameters(request, {"atomic", "dry_run"})
        atomic = query_flag(request, "atomic")
        items = items_of(body_of(request), self.list_key)
        form, kind, writer = FORMS[method], kind_named(self.kind), Writer(request.user)
        with request_change(request) as current:
            outcomes = each(items, form.read, lambda ready: form.write(writer, kind, ready))
            content = content_of(
                outcomes,
                lambda place, written: {self.reply_id: written.id, **form.tell(self, written, items[place])},
            )
            if atomic and content["failed"]:
                raise _nothing_stored(content)
        return in_force_reply(self.messages[method], content, current)


def _new(view: BatchView, written: Written, _item: Any) -> dict[str, Any]:
    document = written.after or {}
    return {name: document[name] for name in view.created_fields}


def _updated(_view: BatchView, written: Written, item: Any) -> dict[str, Any]:
    return {"updated_fields": [name for name in written.fields if name in item]}


def _deleted(_view: BatchView, _written: Written, _item: Any) -> dict[str, Any]:
    return {}


FORMS = {
    "POST": Form(dict, Writer.create_many, _new),
    "PUT": Form(named, Writer.update_many, _updated),
    "DELETE": Form(only_named, Writer.delete_many, _deleted),
}


def _nothing_stored(content: dict[str, Any]) -> BadRequest:
    message = _("Nothing was stored: %(failed)d of %(total)d items were refused.") % content
    return BadRequest(message, content={**content, "successful": 0, "results": []})


@extend_schema_view(**examples.of_routes())
@extend_schema(tags=["batches"])
class RouteBatchView(BatchView):
    """Routes."""

    kind = "route"
    list_key = "routes"
    reply_id = "route_id"
    created_fields = ("service_name", "path_pattern")
    messages = {
        "POST": gettext_lazy("Batch of routes created."),
        "PUT": gettext_lazy("Batch of routes updated."),
        "DELETE": gettext_lazy("Batch of routes deleted."),
    }


@extend_schema_view(**examples.of_instances())
@extend_schema(tags=["batches"])
class InstanceBatchView(BatchView):
    """Service instances."""

    kind = "instance"
    list_key = "services"
    reply_id = "instance_id"
    created_fields = ("service_name", "endpoint")
    messages = {
        "POST": gettext_lazy("Batch of service instances registered."),
        "PUT": gettext_lazy("Batch of service instances updated."),
        "DELETE": gettext_lazy("Batch of service instances deregistered."),
    }
