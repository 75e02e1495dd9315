"""The groups that come with the gateway, and what Django lets their members do in the console.

What a member may do with a particular row is `permissions.teams`' matter; this is which pages he may open at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from services.ownership import ADMINISTRATOR, OPERATOR, VIEWER

GATEWAY_APPS = ("services", "routing", "permissions", "revisions", "configuration", "proxy")
PEOPLE = ("auth.user", "auth.group")
ALL = ("add", "change", "delete", "view")
VIEWED = ("services.service", "services.serviceinstance", "routing.route", "routing.routepermission")
OWN = (("permissions.apitoken", "add"), ("permissions.apitoken", "change"), ("permissions.apitoken", "view"))
OPERATED = ("services.serviceinstance", "routing.route", "routing.routepermission")


def plant(apps: Any, every_model: Iterable[str]) -> None:
    """Makes the groups, and gives each what it lacks of its permissions. `every_model`: labels of the gateway's models.

    Called by migrations, with their historical models. Nothing is taken away.
    """
    wanted = {
        VIEWER: [*_named(VIEWED, ["view"]), *OWN],
        OPERATOR: [
            *_named(VIEWED, ["view"]),
            *_named(OPERATED, ALL),
            *OWN,
            ("services.service", "change"),
            ("permissions.permission", "view"),
        ],
        ADMINISTRATOR: [*_named([*every_model, *PEOPLE], ALL)],
    }
    for name, permissions in wanted.items():
        group, _created = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        group.permissions.add(*(_permission(apps, label, action) for label, action in permissions))


def _named(labels: Iterable[str], actions: Iterable[str]) -> Iterator[tuple[str, str]]:
    actions = tuple(actions)
    return ((label, action) for label in labels for action in actions)


def _permission(apps: Any, label: str, action: str) -> Any:
    """The row Django itself makes after the migrations, made now if it is not there yet."""
    app, model = label.split(".")
    kind, _created = apps.get_model("contenttypes", "ContentType").objects.get_or_create(app_label=app, model=model)
    permission, _created = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=kind, codename=f"{action}_{model}", defaults={"name": f"Can {action} {model}"}
    )
    return permission
