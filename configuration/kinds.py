"""The kinds of rows a configuration is made of, parents before what refers to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from configuration.kind import Entry, Kind, halves, shown_by
from gateway_project.rest.errors import Conflict, field_errors
from permissions.models import CredentialKind as Credentials
from permissions.usage import remove_permission, remove_role
from routing.models import Route
from services.models import Service


class PermissionKind(Kind):
    """What routes require and grants give."""

    name, plural = "permission", "permissions"
    label = "permissions.Permission"
    serializer = "permissions.api.serializers.PermissionSerializer"
    key = "code"

    def remove(self, row: Any) -> None:
        """Neither a system permission nor one in use."""
        remove_permission(row)


class RoleKind(Kind):
    """Names that tokens carry."""

    name, plural = "role", "roles"
    label = "permissions.Role"
    serializer = "permissions.api.role_serializers.RoleSerializer"

    def remove(self, row: Any) -> None:
        """Not one that something is granted to."""
        remove_role(row)


class IssuerKind(Kind):
    """Parties whose tokens are believed."""

    name, plural = "issuer", "issuers"
    label = "permissions.TokenIssuer"
    secrets = ("secret",)
    serializer = "permissions.api.issuer_serializers.IssuerSerializer"


class ServiceKind(Kind):
    """Where traffic goes: name, owner, policy and plugins."""

    name, plural = "service", "services"
    label = "services.Service"
    serializer = "services.api.service_serializers.ServiceSerializer"

    def rows(self) -> QuerySet[Any]:
        """With their owners."""
        return super().rows().select_related("owner")

    def remove(self, row: Service) -> None:
        """With its instances and with deleted routes, which nobody could bring back without it; not with live ones."""
        live = Route.objects.live().filter(service=row)
        if live.exists():
            used_by = [f"route {route} ({route.pk})" for route in live.order_by("pk")[:100]]
            raise Conflict(_("The object is still in use."), content={"used_by": used_by})
        Route.objects.filter(service=row).delete()
        row.delete()


class InstanceKind(Kind):
    """Addresses of a service."""

    name, plural = "instance", "instances"
    label = "services.ServiceInstance"
    serializer = "services.api.serializers.RegistrationSerializer"
    update_serializer = "services.api.serializers.InstanceUpdateSerializer"
    shown_serializer = "services.api.serializers.InstanceDetailSerializer"
    bulk = "services.api.bulk.RegistrationBatch"

    def rows(self) -> QuerySet[Any]:
        """With their services."""
        return super().rows().select_related("service")

    def natural_key(self, row: Any) -> str:
        """`service/instance_id`."""
        return f"{row.service.name}/{row.instance_id}"

    def named_among(self, texts: Sequence[str]) -> Q:
        """By what may be their own ids."""
        return Q(instance_id__in=[right for text in texts for _left, right in halves(text)])


class RouteKind(Kind):
    """Which request goes where. Deleted routes are not found."""

    name, plural = "route", "routes"
    label = "routing.Route"
    serializer = "routing.api.serializers.RouteSerializer"
    bulk = "routing.api.bulk.RouteBatch"

    def rows(self) -> QuerySet[Any]:
        """The live ones, oldest first."""
        return Route.objects.live().whole().order_by("created_at", "pk")

    def natural_key(self, row: Any) -> str:
        """Its name, if it has one."""
        return row.name or str(row.pk)

    def remove(self, row: Any) -> None:
        """Marks it (G-160)."""
        row.mark_deleted()


class ConsumerKind(Kind):
    """Applications that call."""

    name, plural = "consumer", "consumers"
    label = "permissions.Consumer"
    serializer = "permissions.api.consumer_serializers.ConsumerSerializer"


class CredentialKind(Kind):
    """Keys and passwords of consumers: REST's JSON, with `consumer` and `kind`, which REST has in the path."""

    name, plural = "credential", "credentials"
    label = "permissions.Credential"
    secrets = ("password",)
    serializer = "permissions.api.consumer_serializers.CredentialSerializer"
    by_kind = {
        Credentials.API_KEY: "permissions.api.consumer_serializers.KeySerializer",
        Credentials.BASIC: "permissions.api.consumer_serializers.BasicSerializer",
    }

    def rows(self) -> QuerySet[Any]:
        """With their consumers."""
        return super().rows().select_related("consumer")

    def natural_key(self, row: Any) -> str:
        """`kind/identifier`."""
        return f"{row.kind}/{row.identifier}"

    def named_among(self, texts: Sequence[str]) -> Q:
        """By what they are recognised by."""
        return Q(identifier__in=[text.partition("/")[2] for text in texts])

    def creation(self, data: Mapping[str, Any]) -> Entry:
        """Raises `BadRequest` or `NotFound` for a kind or a consumer there is not."""
        own = dict(data)
        kind, consumer = own.pop("kind", None), own.pop("consumer", None)
        wrong = {}
        if kind not in Credentials.values:
            wrong["kind"] = _("Must be one of: %s.") % ", ".join(Credentials.values)
        if not isinstance(consumer, str):
            wrong["consumer"] = _("Must be the name of a consumer.")
        if wrong:
            raise field_errors(wrong)
        owner = ConsumerKind().find(cast("str", consumer))
        return Entry(self.by_kind[kind], own, {"consumer": owner})

    def modification(self, row: Any, data: Mapping[str, Any]) -> Entry:
        """Whose it is and its kind stay."""
        return Entry(self.by_kind[row.kind], dict(data))

    def document(self, row: Any) -> dict[str, Any]:
        """Without anything that is secret."""
        return {"consumer": row.consumer.name, "kind": row.kind, **shown_by(self.by_kind[row.kind], row)}


class GrantKind(Kind):
    """Permissions of users, roles and consumers."""

    name, plural = "grant", "grants"
    label = "permissions.Grant"
    serializer = "permissions.api.grant_serializers.GrantSerializer"

    def rows(self) -> QuerySet[Any]:
        """With everything they name."""
        return super().rows().select_related("permission", "role", "consumer")

    def natural_key(self, row: Any) -> str:
        """`permission/holder`."""
        return f"{row.permission.code}/{row.holder}"

    def named_among(self, texts: Sequence[str]) -> Q:
        """Of what may be their permissions."""
        return Q(permission__code__in=[left for text in texts for left, _right in halves(text)])


class GlobalPluginKind(Kind):
    """Plugins bound to everything."""

    name, plural = "global_plugin", "global_plugins"
    label = "routing.GlobalPlugin"
    serializer = "routing.api.plugin_serializers.GlobalPluginSerializer"


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        PermissionKind(), RoleKind(), IssuerKind(), ServiceKind(), InstanceKind(), RouteKind(), ConsumerKind(),
        CredentialKind(), GrantKind(), GlobalPluginKind(),
    )
}  # fmt: skip
"""By name, parents first: made in this order and removed in the opposite one, no row ever lacks what it refers to."""


def kind_named(text: str) -> Kind:
    """The kind of this name. Raises `BadRequest` that tells those there are."""
    if text not in KINDS:
        raise field_errors({"kind": _("Must be one of: %s.") % ", ".join(KINDS)})
    return KINDS[text]


def kind_of(row: Any) -> Kind:
    """The kind of a row. Raises `KeyError` for a model that is no kind of its own."""
    return {kind.model: kind for kind in KINDS.values()}[type(row)]
