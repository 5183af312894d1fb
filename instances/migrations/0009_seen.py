"""A switch for an instance, on for those that have a journal: ten rows, and no lock for longer than a moment."""

from typing import Any

from django.db import migrations, models


def record_where_there_is_a_journal(apps: Any, schema_editor: Any) -> None:
    configs = apps.get_model("instances", "InstanceConfig").objects.using(schema_editor.connection.alias)
    configs.filter(instance__in=("audit", "security", "alerts")).update(record_seen=True)


class Migration(migrations.Migration):
    dependencies = [
        ("instances", "0008_routing"),
    ]

    operations = [
        migrations.AddField(
            model_name="instanceconfig",
            name="record_seen",
            field=models.BooleanField(
                default=False,
                help_text=(
                    "Whether it is recorded to whom each event was handed and who acknowledged it. See docs/seen.md."
                ),
                verbose_name="who saw it",
            ),
        ),
        migrations.RunPython(record_where_there_is_a_journal, migrations.RunPython.noop, elidable=False),
    ]
