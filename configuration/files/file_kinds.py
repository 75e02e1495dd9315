"""The kinds of objects a file holds: where they stand in it, what names them, what they refer to.

The order is that of the file. Credentials are two kinds here, for they are written in two ways.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from configuration.files import entry_serializers as serializers
from configuration.files.columns import Reader
from configuration.files.entry import Secret
from configuration.files.plugin_secrets import marked
from permissions.models import Consumer, Credential, CredentialKind, Grant, Permission, Role, TokenIssuer
from routing.models import GlobalPlugin, Route
from services.models import Service, ServiceInstance


class FileKind:
    """One kind. `section` is its array in the file, within its parent's object for those that have one."""

    kind: ClassVar[str]
    section: ClassVar[str]
    model: ClassVar[type[Any]]
    serializer: ClassVar[type[serializers.Alone]]
    key: ClassVar[str]
    """The field that names an object."""
    parent: ClassVar[str] = ""
    parent_column: ClassVar[str] = ""
    relations: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """Source of a field → the column that takes the row, and the kind of that row."""
    labelled: ClassVar[bool] = False
    first: ClassVar[tuple[str, ...]] = ()
    """Fields that are written before the others."""
    kept: ClassVar[frozenset[str]] = frozenset()
    """Fields that stay as they are where a file does not name them."""

    @cached_property
    def reader(self) -> Reader:
        """Writes rows and values as objects of a file."""
        return Reader(self.serializer())

    def data_of(self, row: Any) -> dict[str, Any]:
        """A stored row as the object of a file, secrets in `Secret`."""
        return self.finished(self.reader.of_row(row))

    def finished(self, data: dict[str, Any]) -> dict[str, Any]:
        """The object in the order it is written in."""
        data = marked(self.kind, data)
        if not self.first:
            return data
        return {**{name: data[name] for name in self.first if name in data}, **data}

    def name(self, data: Mapping[str, Any], parent: str) -> str:
        """What a person calls it."""
        return f"{parent}/{data[self.key]}" if parent else str(data[self.key])

    def identities(self, data: Mapping[str, Any], parent: str, row: Any) -> tuple[str, ...]:
        """What it is recognised by; the row may be unsaved."""
        return (f"{parent}\0{self.name(data, '')}",)

    def stays(self, row: Any) -> bool:
        """Whether files do not delete this row."""
        return False


class ServiceFile(FileKind):
    """Services, with their instances inside."""

    kind, section, model, key = "service", "services", Service, "name"
    serializer = serializers.ServiceEntry
    relations = {"owner.name": ("owner", "team")}
    labelled = True
    first = ("name", "owner", "labels")


class InstanceFile(FileKind):
    """Instances that are written down. Their status stays with whoever drains them, unless a file names it."""

    kind, section, model, key = "instance", "instances", ServiceInstance, "instance_id"
    serializer = serializers.InstanceEntry
    parent, parent_column = "service", "service"
    kept = frozenset({"status"})


class RouteFile(FileKind):
    """Routes: recognised by their id, their name, or by what decides which requests match them (G-105)."""

    kind, section, model, key = "route", "routes", Route, "name"
    serializer = serializers.RouteEntry
    relations = {"service.name": ("service", "service")}
    labelled = True
    first = ("id", "name", "service_name", "path_pattern", "method", "methods", "target_url")

    def finished(self, data: dict[str, Any]) -> dict[str, Any]:
        """The one method as `method`."""
        methods = data.pop("methods", [])
        named = {"methods": methods} if len(methods) > 1 else {"method": methods[0] if methods else "ANY"}
        return super().finished({**data, **named})

    def name(self, data: Mapping[str, Any], parent: str) -> str:
        """Its name, or method and path."""
        methods = data.get("method") or ",".join(data.get("methods", ())) or "ANY"
        return str(data.get("name") or f"{methods} {data['path_pattern']}")

    def identities(self, data: Mapping[str, Any], parent: str, row: Any) -> tuple[str, ...]:
        """The last one no two live routes share."""
        matched = row.duplicate_key or row.matching_key()
        named = (data["name"],) if "name" in data else (f"\0{matched}",)
        return (str(row.pk), *named, matched)


class PermissionFile(FileKind):
    """Permissions; those of the system stay."""

    kind, section, model, key = "permission", "permissions", Permission, "permission_code"
    serializer = serializers.PermissionEntry

    def stays(self, row: Any) -> bool:
        """Nobody deletes those."""
        return bool(row.is_system)


class RoleFile(FileKind):
    """Roles."""

    kind, section, model, key = "role", "roles", Role, "name"
    serializer = serializers.RoleEntry


class ConsumerFile(FileKind):
    """Consumers, with their credentials inside."""

    kind, section, model, key = "consumer", "consumers", Consumer, "name"
    serializer = serializers.ConsumerEntry
    labelled = True


class CredentialFile(FileKind):
    """What the two kinds of credentials have in common."""

    model = Credential
    parent, parent_column = "consumer", "consumer"
    kept = frozenset({"hash", "last_characters"})
    of_kind: ClassVar[CredentialKind]

    def finished(self, data: dict[str, Any]) -> dict[str, Any]:
        """The hash as a secret."""
        if "hash" in data:
            data["hash"] = Secret(data["hash"])
        return super().finished(data)


class KeyFile(CredentialFile):
    """API keys, recognised by their first characters."""

    kind, section, key = "key", "keys", "prefix"
    serializer = serializers.KeyEntry
    of_kind = CredentialKind.API_KEY


class BasicFile(CredentialFile):
    """User names with passwords."""

    kind, section, key = "basic", "basic", "username"
    serializer = serializers.BasicEntry
    of_kind = CredentialKind.BASIC


class GrantFile(FileKind):
    """Grants, recognised by both their ends."""

    kind, section, model, key = "grant", "grants", Grant, "permission"
    serializer = serializers.GrantEntry
    relations = {
        "permission.code": ("permission", "permission"),
        "role.name": ("role", "role"),
        "consumer.name": ("consumer", "consumer"),
    }

    def name(self, data: Mapping[str, Any], parent: str) -> str:
        """Permission and holder."""
        holder = next(f"{kind}:{data[kind]}" for kind in ("user", "role", "consumer") if kind in data)
        return f"{data['permission']}/{holder}"


class IssuerFile(FileKind):
    """Token issuers."""

    kind, section, model, key = "issuer", "issuers", TokenIssuer, "name"
    serializer = serializers.IssuerEntry

    def finished(self, data: dict[str, Any]) -> dict[str, Any]:
        """A shared secret as a secret."""
        if "secret" in data:
            data["secret"] = Secret(data["secret"])
        return super().finished(data)


class PluginFile(FileKind):
    """Plugins bound to everything."""

    kind, section, model, key = "global_plugin", "plugins", GlobalPlugin, "name"
    serializer = serializers.PluginEntry


FILE_KINDS: dict[str, FileKind] = {
    one.kind: one
    for one in (
        ServiceFile(),
        InstanceFile(),
        RouteFile(),
        PermissionFile(),
        RoleFile(),
        ConsumerFile(),
        KeyFile(),
        BasicFile(),
        GrantFile(),
        IssuerFile(),
        PluginFile(),
    )
}

TOP = tuple(one for one in FILE_KINDS.values() if not one.parent)
INSIDE = {top.kind: tuple(one for one in FILE_KINDS.values() if one.parent == top.kind) for top in TOP}
