"""The groups viewer, operator and administrator, with their permissions in the console."""

from __future__ import annotations

from django.apps import apps as current_apps
from django.db import migrations

from permissions.shipped_groups import GATEWAY_APPS, plant


def add(apps, schema_editor):
    """Also to what an installation has made by these names already."""
    models = [model for model in current_apps.get_models() if model._meta.app_label in GATEWAY_APPS]
    plant(apps, [model._meta.label_lower for model in models])


class Migration(migrations.Migration):
    dependencies = [
        ("permissions", "0002_first_permissions"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
