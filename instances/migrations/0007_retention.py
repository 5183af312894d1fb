"""Two new tables, which take no lock that anybody waits for."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
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
    ]
