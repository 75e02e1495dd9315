"""Paths below /admin/."""

from __future__ import annotations

from django.urls import path

from gateway_project.explain.reports import ConflictsView, ProblemsView
from gateway_project.explain.views import CheckView, ExplainView

urlpatterns = [
    path("explain", ExplainView.as_view(), name="explain"),
    path("permissions/check", CheckView.as_view(), name="permissions-check"),
    path("conflicts", ConflictsView.as_view(), name="conflicts"),
    path("problems", ProblemsView.as_view(), name="problems"),
]
