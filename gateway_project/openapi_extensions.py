"""Tells drf-spectacular how the API's tokens are sent."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """`Authorization: Bearer <JWT>`."""

    target_class = "permissions.api.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """The scheme's entry in `components`."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
