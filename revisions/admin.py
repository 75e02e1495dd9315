"""Revisions in the console: to read, never to edit."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from revisions.models import Revision


@admin.register(Revision)
class RevisionAdmin(ModelAdmin):
    """The history, newest first."""

    list_display = ("number", "created_at", "actor", "reason", "request_id")
    search_fields = ("actor", "reason", "request_id")
    date_hierarchy = "created_at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A revision is made by a change only."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """History is not rewritten."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """History is not rewritten."""
        return False
