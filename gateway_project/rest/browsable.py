"""The API as pages, for a person logged in to the console."""

from __future__ import annotations

from rest_framework.renderers import BrowsableAPIRenderer


class BrowsableRenderer(BrowsableAPIRenderer):
    """DRF's pages without the HTML forms: bodies are JSON only, so they are written as JSON."""

    def get_rendered_html_form(self, data, view, method, request):  # type: ignore[no-untyped-def]
        """DRF asks this also for the DELETE and OPTIONS buttons, which stay."""
        if method in ("DELETE", "OPTIONS"):
            return super().get_rendered_html_form(data, view, method, request)
        return None

    def get_filter_form(self, data, view, request):  # type: ignore[no-untyped-def]
        """None: filters are query parameters, listed in the API page."""
        return

    def get_context(self, data, accepted_media_type, renderer_context):  # type: ignore[no-untyped-def]
        """Without the colours of code, which would be a style in the page (`gateway_project.browser_policy`)."""
        return {**super().get_context(data, accepted_media_type, renderer_context), "code_style": None}
