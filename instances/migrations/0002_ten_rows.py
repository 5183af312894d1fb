"""Give each of the ten instances its row."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TEN = (
    "events",
    "system",
    "logging",
    "health",
    "metrics",
    "security",
    "audit",
    "alerts",
    "diagnostics",
    "lifecycle",
)


def make_rows(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    configs = apps.get_model("instances", "InstanceConfig").objects.using(schema_editor.connection.alias)
    for name in TEN:
        configs.get_or_create(instance=name)


class Migration(migrations.Migration):
    dependencies = [("instances", "0001_initial")]

    operations = [migrations.RunPython(make_rows, migrations.RunPython.noop)]
