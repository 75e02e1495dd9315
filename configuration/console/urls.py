"""Paths below /console/."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from configuration.console.export_page import export_view
from configuration.console.import_page import import_view

app_name = "files"
urlpatterns = [
    path("files/", admin.site.admin_view(import_view), name="import"),
    path("files/export/", admin.site.admin_view(export_view), name="export"),
]
