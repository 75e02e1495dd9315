"""GET and POST /admin/config (G-502)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from configuration.files.api import replies
from configuration.files.api.bodies import PARSERS, YAML, told_as_fields, wants_yaml
from configuration.files.exporting import exported
from configuration.files.importing import prepared
from configuration.files.openapi.merging import configuration_of
from configuration.files.plan import Plan
from configuration.files.plan_text import plan_document
from configuration.files.schema import configuration_schema
from configuration.files.selection import Selection, selection_of
from configuration.files.writing import as_yaml
from gateway_project.rest import access
from gateway_project.rest.envelope import success
from gateway_project.rest.errors import field_errors
from gateway_project.rest.fields import ObjectField
from gateway_project.rest.filters import query_flag, refuse_unknown_parameters
from gateway_project.rest.parser import text_problem
from gateway_project.rest.schema import CHANGE_REASON, DRY_RUN, answers
from revisions.api.viewset import actor_of, body_of, in_force_reply, request_change

LABEL = OpenApiParameter(
    "select_label", str, many=True, description="`key=value`: services, routes and consumers with this label only."
)
HASHES = OpenApiParameter("with_hashes", bool, description="With the hashes of keys and passwords.")
IDS = OpenApiParameter("ids", bool, description="With the ids of routes.")
PRUNE = OpenApiParameter("prune", bool, description="Deletes what the document does not name.")
SERVICE = OpenApiParameter("service", str, required=True, description="The name of the service that answers.")
PREFIX = OpenApiParameter("prefix", str, description="The gateway's paths begin with it: `/shop`.")
EXPORTED: Any = _("Configuration exported.")
IMPORTED: Any = _("Configuration imported.")
NO_VARIABLES: dict[str, str] = {}
"""The environment of the gateway is not for those who may change its configuration."""


class ConfigurationView(APIView):
    """The configuration as one document; of whoever is no administrator, the services and routes of his teams."""

    rehearsable: ClassVar[bool] = True
    parser_classes = PARSERS

    def get_permissions(self) -> list[BasePermission]:
        """Any token reads; operators write, and what belongs to their teams is asked for each object."""
        return [access.authenticated() if self.request.method in ("GET", "HEAD", "OPTIONS") else access.operator()]

    @extend_schema(
        operation_id="exportConfiguration",
        summary="The configuration as a document",
        tags=["configuration"],
        parameters=[LABEL, HASHES, IDS],
        responses={
            **answers("Configuration", ObjectField(), 400, example=(EXPORTED, replies.DOCUMENT)),
            (200, YAML): OpenApiResponse(str, description="The document itself, where `Accept` names it."),
        },
    )
    def get(self, request: Request) -> Any:
        """In the envelope, or as YAML where `Accept` says `application/yaml`."""
        refuse_unknown_parameters(request, {"select_label", "with_hashes", "ids"})
        document = exported(
            request.user,
            _selection(request),
            with_hashes=query_flag(request, "with_hashes"),
            with_ids=query_flag(request, "ids"),
        )
        if wants_yaml(request):
            return HttpResponse(as_yaml(document), content_type=YAML)
        return success(EXPORTED, document)

    @extend_schema(
        operation_id="importConfiguration",
        summary="Make the configuration what a document says",
        tags=["configuration"],
        parameters=[LABEL, PRUNE, CHANGE_REASON, DRY_RUN],
        request={"application/json": {"type": "object", "additionalProperties": True}, YAML: {"type": "string"}},
        examples=[OpenApiExample("A document", value=replies.DOCUMENT, request_only=True)],
        responses=answers(
            "ConfigurationImported", replies.PlanSerializer, 400, 409, 413, example=(IMPORTED, replies.PLANNED)
        ),
    )
    def post(self, request: Request) -> Response:
        """One revision, or none when nothing has to change; a dry run tells the plan with its effects."""
        refuse_unknown_parameters(request, {"select_label", "prune", "dry_run"})
        sent: Any = body_of(request) and request.data
        prune, selection = query_flag(request, "prune"), _selection(request)
        with request_change(request) as current:
            current.because("import of a document")
            with told_as_fields():
                ready = prepared(sent, request.user, environment=NO_VARIABLES, selection=selection, prune=prune)
            ready.carry_out(request.user, actor_of(request))
        return in_force_reply(IMPORTED, plan_content(ready.plan, current.number), current)


def plan_content(plan: Plan, revision: int | None) -> dict[str, Any]:
    """A plan that was carried out, as a reply tells it."""
    told = plan_document(plan)
    return {"revision": revision, **told, "changes": told["changes"][: replies.MOST_CHANGES]}


def _selection(request: Request) -> Selection:
    with told_as_fields():
        return selection_of(request.query_params.getlist("select_label"))


class OpenApiImportView(APIView):
    """Paths of an OpenAPI 3.0 or 3.1 document as routes of a service."""

    rehearsable: ClassVar[bool] = True
    parser_classes = PARSERS

    def get_permissions(self) -> list[BasePermission]:
        """Operators, for the services of their teams."""
        return [access.operator()]

    @extend_schema(
        operation_id="importOpenApi",
        summary="Make the paths of an OpenAPI document routes of a service",
        tags=["configuration"],
        parameters=[SERVICE, PREFIX, CHANGE_REASON, DRY_RUN],
        request={"application/json": {"type": "object", "additionalProperties": True}, YAML: {"type": "string"}},
        examples=[OpenApiExample("A document", value=replies.OPENAPI, request_only=True)],
        responses=answers(
            "OpenApiImported", replies.PlanSerializer, 400, 409, 413, example=(IMPORTED, replies.PLANNED)
        ),
    )
    def post(self, request: Request) -> Response:
        """One revision; what the document does not say of a route or service stays as it is."""
        refuse_unknown_parameters(request, {"service", "prefix", "dry_run"})
        sent: Any = body_of(request) and request.data
        service = request.query_params.get("service", "")
        if not service or text_problem(service):
            raise field_errors({"service": _("Name the service.")})
        with request_change(request) as current:
            current.because("import of an OpenAPI document")
            with told_as_fields():
                wanted = configuration_of(sent, service, request.query_params.get("prefix", ""), request.user)
                ready = prepared(wanted, request.user, environment=NO_VARIABLES)
            ready.carry_out(request.user, actor_of(request))
        return in_force_reply(IMPORTED, plan_content(ready.plan, current.number), current)


class SchemaView(APIView):
    """The JSON Schema of what /admin/config reads and writes."""

    def get_permissions(self) -> list[BasePermission]:
        """Any token."""
        return [access.authenticated()]

    @extend_schema(
        operation_id="getConfigurationSchema",
        summary="The JSON Schema of the document",
        tags=["configuration"],
        responses=answers("ConfigurationSchema", ObjectField(), 400),
    )
    def get(self, request: Request) -> Response:
        """Described in English, whatever the language of the request."""
        refuse_unknown_parameters(request, set())
        return success(_("Configuration schema fetched."), configuration_schema())
