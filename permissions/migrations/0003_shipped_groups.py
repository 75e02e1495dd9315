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
    rows = permissions(apps)
    for name, models in GROUPS.items():
        group, _created = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        group.permissions.add(*(rows[label, action] for label, actions in models.items() for action in actions))


def permissions(apps):
    """The rows Django itself makes after the migrations, by label and action; made now if they are not there yet."""
    kinds, rows = apps.get_model("contenttypes", "ContentType").objects, apps.get_model("auth", "Permission")
    places = {}
    for label in EVERY_MODEL:
        app, model = label.split(".")
        kind, _created = kinds.get_or_create(app_label=app, model=model)
        places |= {(kind.pk, f"{action}_{model}"): (label, action) for action in ALL}
    rows.objects.bulk_create(
        [
            rows(content_type_id=kind, codename=codename, name=f"Can {codename.replace('_', ' ', 1)}")
            for kind, codename in places
        ],
        ignore_conflicts=True,
    )
    found = {(row.content_type_id, row.codename): row for row in rows.objects.all()}
    return {place: found[key] for key, place in places.items()}


class Migration(migrations.Migration):
    dependencies = [
        ("permissions", "0002_first_permissions"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
