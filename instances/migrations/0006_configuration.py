"""Columns that may be empty and a new table: neither takes a lock for longer than a moment, however full a database is."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("instances", "0005_signed_instances"),
    ]

    operations = [
        *(
            migrations.AddField(
                model_name="instanceconfig",
                name=name,
                field=models.PositiveIntegerField(blank=True, null=True),
            )
            for name in (
                "event_bytes",
                "batch_events",
                "body_bytes",
                "events_per_second",
                "bytes_per_second",
                "history_events",
                "history_seconds",
            )
        ),
        migrations.CreateModel(
            name="InstanceConfigChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "config",
                    models.ForeignKey(
                        on_delete=models.deletion.PROTECT, related_name="changes", to="instances.instanceconfig"
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("by", models.CharField(max_length=200)),
                ("because", models.CharField(max_length=500)),
                ("before", models.JSONField()),
                ("after", models.JSONField()),
            ],
            options={"verbose_name": "change of an instance", "ordering": ("-id",)},
        ),
    ]
