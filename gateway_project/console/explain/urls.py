"""Paths below /console/."""

from __future__ import annotations

from django.urls import path

from gateway_project.console.explain.views import explain_view
from gateway_project.console.live.page import live_view
from gateway_project.console.may.views import may_view
from gateway_project.console.send.views import send_view

app_name = "answers"
urlpatterns = [
    path("explain/", live_view(explain_view), name="explain"),
    path("may/", live_view(may_view), name="may"),
    path("send/<uuid:route>/", live_view(send_view), name="send"),
]
