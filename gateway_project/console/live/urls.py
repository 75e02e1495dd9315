"""Paths of the console's live half."""

from __future__ import annotations

from django.urls import path

from gateway_project.console.live import figures, history, topology, traffic
from gateway_project.console.live.page import live_view

app_name = "live"
urlpatterns = [
    path("live/figures/", live_view(figures.live_figures), name="figures"),
    path("live/history/<str:span>/", live_view(history.history), name="history"),
    path("topology/", live_view(topology.topology), name="topology"),
    path("traffic/", live_view(traffic.traffic), name="traffic"),
    path("traffic/events/", traffic.ConsoleTailView.as_view(), name="traffic-events"),
    path("traffic/route/", live_view(traffic.route_of), name="traffic-route"),
    path("traffic/service/", live_view(traffic.service_of), name="traffic-service"),
]
