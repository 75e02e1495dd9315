"""Plugins bound to one owner through the API: read, put whole, removed (the base of global and service bindings)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from gateway_project.rest.envelope import success
from gateway_project.rest.errors import NotFound, field_errors
from gateway_project.rest.etag import check_if_match, etag_of
from gateway_project.rest.fields import ObjectField
from gateway_project.rest.filters import refuse_unknown_parameters
from gateway_project.rest.pending import PendingSerializer
from gateway_project.rest.viewset import EnvelopeViewSet
from revisions.api.viewset import body_of, in_force_reply, request_change
from services.plugins import known, problems_of


class BindingSerializer(PendingSerializer):
    """One plugin and its configuration."""

    name = serializers.CharField()
    config = ObjectField()


CONFIGURATION = {"application/json": {"type": "object", "additionalProperties": True}}
"""The body of PUT: what the schema of the plugin allows."""


class BindingListSerializer(serializers.Serializer):
    """Content of a list."""

    total = serializers.IntegerField()
    plugins = BindingSerializer(many=True)


class UnboundSerializer(PendingSerializer):
    """Content of DELETE."""

    name = serializers.CharField()


class PluginBindingViewSet(EnvelopeViewSet):
    """What is bound to one owner, which the path names. Only who may change it sees it: a value may be a credential."""

    administrator_actions = frozenset({"list", "show", "update", "destroy"})
    created_fields: ClassVar[tuple[str, ...]] = ()
    rehearsable: ClassVar[bool] = True
    pagination_class = None
    messages = {
        "list": _("Plugins fetched."),
        "show": _("Plugin fetched."),
        "update": _("Plugin bound."),
        "destroy": _("Plugin unbound."),
    }

    def bound(self) -> Mapping[str, Any]:
        """Name → configuration. Raises `NotFound` for an owner there is not."""
        raise NotImplementedError

    @contextmanager
    def changing(self) -> Iterator[dict[str, Any]]:
        """The same, locked, to be changed; what it holds in the end is stored."""
        raise NotImplementedError
        yield {}

    def list(self, request: Request, **path: str) -> Response:
        """All of the owner's, in the order of the request path; there are no pages."""
        refuse_unknown_parameters(request, set())
        bound = self.bound()
        order = [*known(), *sorted(bound.keys() - known().keys())]
        listed = [{"name": name, "config": bound[name]} for name in order if name in bound]
        return success(self.messages["list"], {"total": len(listed), "plugins": listed})

    @action(detail=True)
    def show(self, request: Request, plugin: str, **path: str) -> Response:
        """One, with its ETag."""
        document = _document(plugin, self.bound())
        response = success(self.messages["show"], document)
        response["ETag"] = etag_of(document)
        return response

    def update(self, request: Request, plugin: str, **path: str) -> Response:
        """Binds it, or replaces its configuration as a whole."""
        with request_change(request) as current, self.changing() as bound:
            if plugin not in known():
                raise NotFound(_("There is no such plugin."))
            if plugin in bound or "If-Match" in request.headers:
                check_if_match(request, _document(plugin, bound) if plugin in bound else {})
            bound[plugin] = _checked(plugin, body_of(request))
            document = _document(plugin, bound)
        return in_force_reply(self.messages["update"], dict(document), current, document)

    def destroy(self, request: Request, plugin: str, **path: str) -> Response:
        """Unbinds it."""
        with request_change(request) as current, self.changing() as bound:
            check_if_match(request, _document(plugin, bound))
            del bound[plugin]
        return in_force_reply(self.messages["destroy"], {"name": plugin}, current)


def _document(plugin: str, bound: Mapping[str, Any]) -> dict[str, Any]:
    if plugin not in bound:
        raise NotFound(_("This plugin is not bound here."))
    return {"name": plugin, "config": bound[plugin]}


def _checked(plugin: str, config: dict[str, Any]) -> dict[str, Any]:
    """The configuration, or every mistake under the place it was made at."""
    errors: dict[str, list[str]] = {}
    for problem in problems_of(known()[plugin], config):
        place, _colon, text = problem.partition(": ")
        errors.setdefault(place, []).append(text)
    if errors:
        raise field_errors(errors)
    return config
