"""A new table, which takes no lock that anybody waits for, and who may read and write it."""

from typing import Any

import django.db.models.deletion
import django.utils.timezone
from django.apps import apps as installed
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

from instances.access.roles import ROLES

LABEL = "gaterhub"
MODEL = "consolenote"


def give_permissions(apps: Any, schema_editor: Any) -> None:
    """Let the roles that work on incidents read notes, or write them; one that was taken out isn't made again."""
    using = schema_editor.connection.alias
    # Django makes permissions only after all migrations.
    create_permissions(installed.get_app_config(LABEL), verbosity=0, using=using, apps=installed)
    group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    notes = permission_model.objects.using(using).filter(content_type__app_label=LABEL, content_type__model=MODEL)
    for role in ROLES:
        codenames = [name.partition(".")[2] for name in role.permissions if name.startswith(f"{LABEL}.")]
        group = group_model.objects.using(using).filter(name=role.name).first()
        if group is not None:
            group.permissions.add(*notes.filter(codename__in=codenames))


class Migration(migrations.Migration):
    dependencies = [
        ("gaterhub", "0005_compliance_report"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ConsoleNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("console", models.CharField(max_length=32)),
                (
                    "moment_ms",
                    models.BigIntegerField(help_text="Which moment it is about, in milliseconds since 1970 UTC."),
                ),
                ("text", models.TextField(max_length=2000)),
                ("author_name", models.CharField(help_text="Stays when the account goes.", max_length=150)),
                ("written_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="console_notes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "corrects",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="gaterhub.consolenote",
                    ),
                ),
            ],
            options={
                "verbose_name": "note",
                "default_permissions": ("view", "add"),
                "indexes": [models.Index(fields=["console", "moment_ms"], name="note_by_moment")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("text", ""), _negated=True), name="note_says_something"),
                    models.CheckConstraint(
                        condition=models.Q(("moment_ms__gte", 0), ("moment_ms__lte", 8640000000000000)),
                        name="note_about_a_moment",
                    ),
                ],
            },
        ),
        migrations.RunPython(give_permissions, migrations.RunPython.noop, elidable=False),
    ]
