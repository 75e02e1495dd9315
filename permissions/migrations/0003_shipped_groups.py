"""The groups viewer, operator and administrator, and which pages of the console Django lets their members open.

What a member may do with a particular row is `permissions.teams`' matter. Whoever adds a model lets administrators have
it in a migration of its own.
"""

from __future__ import annotations

from django.db import migrations

ALL = ("add", "change", "delete", "view")
OF_SERVICES = ("services.serviceinstance", "routing.route", "routing.routepermission")
OWN_TOKENS = {"permissions.apitoken": ("add", "change", "view")}
VIEWED = dict.fromkeys(("services.service", *OF_SERVICES), ("view",))
EVERY_MODEL = (
    "auth.group",
    "auth.user",
    "configuration.changeset",
    "permissions.apitoken",
    "permissions.auditentry",
    "permissions.consumer",
    "permissions.credential",
    "permissions.grant",
    "permissions.loginfailures",
    "permissions.permission",
    "permissions.revokedtoken",
    "permissions.role",
    "permissions.tokenissuer",
    "proxy.routehour",
    "revisions.configurationstate",
    "revisions.revision",
    "revisions.revisionitem",
    "routing.globalplugin",
    "routing.route",
    "routing.routepermission",
    "services.service",
    "services.serviceinstance",
)
GROUPS = {
    "viewer": {**VIEWED, **OWN_TOKENS},
    "operator": {
        "services.service": ("change", "view"),
        **dict.fromkeys(OF_SERVICES, ALL),
        **OWN_TOKENS,
        "permissions.permission": ("view",),
    },
    "administrator": dict.fromkeys(EVERY_MODEL, ALL),
}


def add(apps, schema_editor):
    """Also to what an installation has made by these names already; nothing is taken away."""
    for name, models in GROUPS.items():
        group, _created = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        group.permissions.add(
            *(permission(apps, label, action) for label, actions in models.items() for action in actions)
        )


def permission(apps, label, action):
    """The row Django itself makes after the migrations, made now if it is not there yet."""
    app, model = label.split(".")
    kind, _created = apps.get_model("contenttypes", "ContentType").objects.get_or_create(app_label=app, model=model)
    found, _created = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=kind, codename=f"{action}_{model}", defaults={"name": f"Can {action} {model}"}
    )
    return found


class Migration(migrations.Migration):
    dependencies = [
        ("permissions", "0002_first_permissions"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
