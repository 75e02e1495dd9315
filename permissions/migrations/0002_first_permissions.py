"""The permissions and the role every installation begins with (G-222)."""

from __future__ import annotations

from django.db import migrations

FIRST_PERMISSIONS = (
    {
        "code": "gateway.admin",
        "name": "網關管理員",
        "description": "網關系統管理員權限",
        "resource_type": "system",
        "actions": ["read", "write", "delete"],
        "is_system": True,
    },
    {
        "code": "service.read",
        "name": "服務查看",
        "description": "查看服務信息權限",
        "resource_type": "service",
        "actions": ["read"],
        "is_system": False,
    },
)


def add(apps, schema_editor):
    """Rows that are there already stay as they are."""
    permissions = apps.get_model("permissions", "Permission").objects.using(schema_editor.connection.alias)
    for values in FIRST_PERMISSIONS:
        permissions.get_or_create(code=values["code"], defaults=values)
    roles = apps.get_model("permissions", "Role").objects.using(schema_editor.connection.alias)
    roles.get_or_create(name="admin", defaults={"description": "網關管理員"})


def remove(apps, schema_editor):
    """Only what nobody was granted."""
    permissions = apps.get_model("permissions", "Permission").objects.using(schema_editor.connection.alias)
    permissions.filter(code__in=[values["code"] for values in FIRST_PERMISSIONS], grants=None).delete()
    roles = apps.get_model("permissions", "Role").objects.using(schema_editor.connection.alias)
    roles.filter(name="admin", grants=None).delete()


class Migration(migrations.Migration):
    dependencies = [("permissions", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
