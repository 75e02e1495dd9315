"""The page that a person of the console sees where something is refused, in the console's own look."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string


def refusal(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    """A page that says what was not done, and leads back to where the person may be."""
    context = {**admin.site.each_context(request), "title": title, "text": text, "status": status}
    return HttpResponse(render_to_string("admin/refusal.html", context, request), status=status)
