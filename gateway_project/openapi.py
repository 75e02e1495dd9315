"""GET /openapi.json and GET /swagger-ui: the API described, and a page to try it, with no outside assets (G-006)."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from django.http import HttpResponse
from django.utils.translation import override
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

STATEMENT = re.compile(r"\s*\(G-\d{3}[^)]*\)")
"""A reference of a docstring to the statement it keeps; of no use to a reader of the API."""
WORD = re.compile(r"[A-Z]?[a-z]+")
FAILURE = re.compile(r"F\d{5}")
METHODS = ("get", "post", "put", "patch", "delete")


def for_readers(result: dict[str, Any], **_generator: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: descriptions without references, a summary for every operation, failures shared.

    Enumerations stay where they are used: as components they would need names, and those of two `status` fields clash.
    """
    for path in result["paths"].values():
        for operation in (path[method] for method in METHODS if method in path):
            words = WORD.findall(operation["operationId"])
            operation.setdefault("summary", " ".join(words).capitalize())
            _share_failures(operation["responses"], result["components"].setdefault("responses", {}))
    cleaned: dict[str, Any] = _cleaned(result)
    return cleaned


def _share_failures(responses: dict[str, Any], shared: dict[str, Any]) -> None:
    """A failure that many endpoints answer alike is written once, under its code."""
    for status, response in responses.items():
        code = response.get("description", "")
        if FAILURE.fullmatch(code) and shared.setdefault(code, response) == response:
            responses[status] = {"$ref": f"#/components/responses/{code}"}


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _cleaned(one) for key, one in value.items() if key != "x-spec-enum-id"}
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    return STATEMENT.sub("", value) if isinstance(value, str) else value


@cache
def document() -> bytes:
    """The document in UTF-8, written once a process: it takes a third of a second and is the same for everybody."""
    with override("en"):
        described = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return json.dumps(described, ensure_ascii=False, default=str).encode()


@extend_schema(exclude=True)
class OpenApiView(APIView):
    """The OpenAPI 3.1 document: the one JSON reply that is not in the envelope, because tools read it."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get(self, request: Request) -> HttpResponse:
        """In English, whatever is asked for; who has no token may read it."""
        name = 'inline; filename="openapi.json"'
        return HttpResponse(document(), content_type="application/json", headers={"Content-Disposition": name})


@extend_schema(exclude=True)
class SwaggerUiView(SpectacularSwaggerSplitView):
    """Swagger UI from the sidecar's static files, its script apart as the policy for browsers asks."""

    template_name = "drf_spectacular/swagger_ui_apart.html"

    url_name = "openapi"
    renderer_classes = [TemplateHTMLRenderer]
