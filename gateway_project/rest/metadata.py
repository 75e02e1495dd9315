"""What OPTIONS tells."""

from __future__ import annotations

from typing import Any

from rest_framework.metadata import SimpleMetadata


class EnvelopeMetadata(SimpleMetadata):
    """Name, description and media types of an endpoint. Its fields stand in /openapi.json, which reads no row."""

    def determine_actions(self, request: Any, view: Any) -> dict[str, Any]:
        """None."""
        return {}
