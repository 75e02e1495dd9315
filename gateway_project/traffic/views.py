"""GET /admin/traffic/tail: requests as they end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from gateway_project.rest import access
from gateway_project.rest.codes import Code
from gateway_project.rest.errors import ApiError
from gateway_project.rest.schema import failure_response
from gateway_project.traffic.asking import PARAMETERS, asked
from gateway_project.traffic.events import Stream
from gateway_project.traffic.sight import services_watched
from proxy.traffic import feed
from proxy.traffic.feed import Feed, TooManyWatchersError

EVENTS = "text/event-stream"
RETRY_SECONDS = 10


class EventSerializer(serializers.Serializer[Any]):
    """One event of the stream."""

    event = serializers.ChoiceField(["request", "skipped", "end"])
    data = serializers.CharField(help_text="JSON: a record; a number; code and message.")  # type: ignore[assignment]


class TailResponse(StreamingHttpResponse):
    """One whose watcher goes also where the stream never began, as when the client left before it."""

    at_close: Callable[[], None]

    def close(self) -> None:
        """Nobody reads any more."""
        super().close()
        self.at_close()


class TrafficTailView(APIView):
    """The traffic of this node, as server-sent events."""

    def get_permissions(self) -> list[BasePermission]:
        """Any access token; administrators see all traffic, others that of the services of their teams."""
        return [access.authenticated()]

    @extend_schema(
        operation_id="tailTraffic",
        tags=["traffic"],
        summary="Watch requests as they end",
        parameters=PARAMETERS,
        responses={
            (200, EVENTS): OpenApiResponse(
                EventSerializer,
                description="Events `request`, `skipped` and `end`; a record has the fields of the access log.",
            ),
            **{status: failure_response(status) for status in (429, 503)},
        },
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """A sample where there is much traffic: what is left out is told by number."""
        question = asked(request)
        services = services_watched(request.user)
        source = watched_feed()
        try:
            watcher = source.open(question.wanted, services)
        except TooManyWatchersError:
            message = _("As many watch the traffic as may.")
            headers = {"Retry-After": str(RETRY_SECONDS)}
            raise ApiError(message, code=Code.TOO_MANY_REQUESTS, headers=headers) from None
        stream = Stream(request, source, watcher, question.seconds)
        response = TailResponse(stream.events(), content_type=EVENTS)
        response.at_close = stream.close
        response["Cache-Control"] = "no-store"
        response["X-Accel-Buffering"] = "no"  # what stands before the gateway must not gather the events
        return response

    def head(self, request: Request) -> HttpResponse:
        """What GET would begin with; no stream is begun, which would have no end."""
        asked(request)
        services_watched(request.user)
        return HttpResponse(content_type=EVENTS)


def watched_feed() -> Feed:
    """That of this node. Raises `ApiError` where this process knows of no traffic."""
    found = feed.registered()
    if found is None:
        raise ApiError(_("This process carries no traffic."), code=Code.NO_INSTANCE)
    return found
