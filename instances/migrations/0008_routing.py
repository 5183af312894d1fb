"""Two columns for an instance, each empty by default: no lock for longer than a moment, however full a database is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("instances", "0007_retention"),
    ]

    operations = [
        migrations.AddField(
            model_name="instanceconfig",
            name="overflow",
            field=models.CharField(blank=True, max_length=20, null=True),
        ),
        migrations.AddField(
            model_name="instanceconfig",
            name="routes",
            field=models.JSONField(blank=True, default=dict, editable=False),
        ),
    ]
