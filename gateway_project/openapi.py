"""GET /openapi.json and GET /swagger-ui: the API described, and a page to try it, with no outside assets (G-006)."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.renderers import BaseRenderer, TemplateHTMLRenderer


class OpenApiRenderer(BaseRenderer):
    """The document itself: the one JSON reply that is not in the envelope, because tools read it."""

    media_type = "application/json"
    format = "json"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        """UTF-8 JSON."""
        return json.dumps(data, ensure_ascii=False, default=str).encode()


@extend_schema(exclude=True)
class OpenApiView(SpectacularAPIView):
    """The OpenAPI 3.1 document."""

    renderer_classes = [OpenApiRenderer]


@extend_schema(exclude=True)
class SwaggerUiView(SpectacularSwaggerView):
    """Swagger UI from the sidecar's static files."""

    url_name = "openapi"
    renderer_classes = [TemplateHTMLRenderer]
