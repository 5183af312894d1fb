"""Two new tables, which take no lock that anybody waits for."""

from typing import Any

import django.db.models.deletion
import django.utils.timezone
from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

from instances.access.roles import ROLES


def give_permissions(apps: Any, schema_editor: Any) -> None:
    """Let the roles that configure instances set policies, too; one that an operator has taken out isn't made again."""
    using = schema_editor.connection.alias
    # Django makes permissions only after all migrations.
    create_permissions(installed.get_app_config("instances"), verbosity=0, using=using, apps=installed)
    group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    policies = permission_model.objects.using(using).filter(
        content_type__app_label="instances", content_type__model="retentionpolicy"
    )
    for role in ROLES:
        codenames = [name.partition(".")[2] for name in role.permissions]
        group = group_model.objects.using(using).filter(name=role.name).first()
        if group is not None:
            group.permissions.add(*policies.filter(codename__in=codenames))


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0004_journal_roles"),
        ("instances", "0006_configuration"),
    ]

    operations = [
        migrations.CreateModel(
            name="RetentionPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(help_text="Such as “Logs of shops, one day”.", max_length=100, unique=True)),
                (
                    "instance",
                    models.CharField(
                        choices=[
                            ("events", "Core Event Data"),
                            ("system", "System Events"),
                            ("logging", "Log Aggregation"),
                            ("health", "Health Monitoring"),
                            ("metrics", "Performance Metrics"),
                            ("security", "Security Events"),
                            ("audit", "Audit Trail"),
                            ("alerts", "Critical Alerts"),
                            ("diagnostics", "Diagnostic Information"),
                            ("lifecycle", "Process Lifecycle"),
                        ],
                        max_length=20,
                    ),
                ),
                ("pattern", models.CharField(max_length=255)),
                ("recent_seconds", models.PositiveBigIntegerField(blank=True, null=True)),
                ("kept_seconds", models.PositiveBigIntegerField(blank=True, null=True)),
                ("at_most_seconds", models.PositiveBigIntegerField(blank=True, null=True)),
                ("rule", models.CharField(help_text="What asks for it, such as “GDPR art. 5(1)(e)”.", max_length=200)),
                (
                    "note",
                    models.CharField(blank=True, help_text="What whoever reads it later should know.", max_length=500),
                ),
                (
                    "active",
                    models.BooleanField(
                        default=True, help_text="One that isn't active is kept here, and holds for nothing."
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "verbose_name_plural": "retention policies",
                "ordering": ("instance", "name"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True),
                            models.Q(("pattern", ""), _negated=True),
                            models.Q(("rule", ""), _negated=True),
                            (
                                "instance__in",
                                [
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
                                ],
                            ),
                        ),
                        name="retention_policy_says_what",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("recent_seconds__isnull", False),
                            ("kept_seconds__isnull", False),
                            ("at_most_seconds__isnull", False),
                            _connector="OR",
                        ),
                        name="retention_policy_says_how_long",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("recent_seconds__isnull", True),
                            ("at_most_seconds__isnull", True),
                            ("recent_seconds__lte", models.F("at_most_seconds")),
                            _connector="OR",
                        ),
                        name="retention_policy_recent_within_at_most",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kept_seconds__isnull", True),
                            ("at_most_seconds__isnull", True),
                            ("kept_seconds__lte", models.F("at_most_seconds")),
                            _connector="OR",
                        ),
                        name="retention_policy_kept_within_at_most",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("recent_seconds__isnull", True),
                            models.Q(("instance__in", ["security", "audit", "alerts"]), _negated=True),
                            _connector="OR",
                        ),
                        name="retention_policy_journal_is_history",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RetentionPolicyChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                ("instance", models.CharField(max_length=20)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("by", models.CharField(max_length=200)),
                ("because", models.CharField(max_length=500)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                (
                    "policy",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="changes",
                        to="instances.retentionpolicy",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of a retention policy",
                "ordering": ("-id",),
            },
        ),
        migrations.RunPython(give_permissions, migrations.RunPython.noop, elidable=False),
    ]
