"""What the control plane says where it has nothing, or nothing for who asks: in the envelope (G-001), or as a page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views import defaults
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gateway_project.console.refusal import refusal
from gateway_project.rest.codes import Code
from gateway_project.rest.envelope import plain_failure
from gateway_project.rest.errors import NotFound


@extend_schema(exclude=True)
class NotFoundView(APIView):
    """Every path and method nobody else answers."""

    authentication_classes = []
    permission_classes = []

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Also for methods DRF does not know."""
        self.http_method_names = [*APIView.http_method_names, str(request.method).lower()]
        setattr(self, str(request.method).lower(), self.refuse)
        return super().dispatch(request, *args, **kwargs)

    def refuse(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Raises `NotFound`."""
        raise NotFound(_("There is no such path."))


def is_console(request: HttpRequest) -> bool:
    """Whether a person's browser is being answered rather than an API's client."""
    return request.path.startswith(("/console", "/static"))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    if not is_console(request):
        return plain_failure(Code.NOT_FOUND, _("There is no such path."))
    if request.path.startswith("/static"):
        return defaults.page_not_found(request, exception)
    return refusal(request, 404, _("There is no such page"), _("It may have been deleted, or is not yours to see."))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    if not is_console(request):
        return plain_failure(Code.FORBIDDEN, _("Insufficient permissions"))
    text = _("Nothing was changed. What you may do, your groups and teams say: an administrator can add you to one.")
    return refusal(request, 403, _("This is not yours to do"), text)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW."""
    if not is_console(request):
        return plain_failure(Code.FORBIDDEN, _("Insufficient permissions"))
    text = _("Nothing was changed. The page was open for too long, or was not ours: go back, load it again and retry.")
    return refusal(request, 403, _("This form cannot be taken"), text)


def internal_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500."""
    if is_console(request):
        return defaults.server_error(request)
    return plain_failure(Code.INTERNAL, _("Internal error."))
