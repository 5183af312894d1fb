"""Three new tables, which take no lock that anybody waits for."""

from decimal import Decimal
from typing import Any

import django.core.validators
import django.db.models.deletion
from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

from instances.access.roles import ROLES


def give_permissions(apps: Any, schema_editor: Any) -> None:
    """Let the roles that run the hub set objectives, too; one that an operator has taken out isn't made again."""
    using = schema_editor.connection.alias
    # Django makes permissions only after all migrations.
    create_permissions(installed.get_app_config("gaterhub"), verbosity=0, using=using, apps=installed)
    group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    objectives = permission_model.objects.using(using).filter(
        content_type__app_label="gaterhub", content_type__model="objective"
    )
    for role in ROLES:
        codenames = [name.partition(".")[2] for name in role.permissions if name.startswith("gaterhub.")]
        group = group_model.objects.using(using).filter(name=role.name).first()
        if group is not None:
            group.permissions.add(*objectives.filter(codename__in=codenames))


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0007_trace_roles"),
        ("gaterhub", "0003_consoles"),
    ]

    operations = [
        migrations.CreateModel(
            name="Objective",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(help_text="Such as “Registrations within 100 ms”.", max_length=100, unique=True),
                ),
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
                (
                    "pattern",
                    models.CharField(
                        help_text="A topic in which a whole segment may be *, such as “subscription_metrics:*”.",
                        max_length=255,
                    ),
                ),
                (
                    "event_type",
                    models.CharField(
                        blank=True, help_text="Empty: events of all types.", max_length=128, verbose_name="event type"
                    ),
                ),
                (
                    "metric",
                    models.CharField(
                        help_text="The field that is judged, of data or else of metadata, such as “processing_time_ms”; a field within another is named with a dot, such as “loop_delay.slowest_ms”. An event without it counts neither way.",
                        max_length=128,
                    ),
                ),
                (
                    "comparison",
                    models.CharField(
                        choices=[
                            ("below", "below"),
                            ("at_most", "at most"),
                            ("above", "above"),
                            ("at_least", "at least"),
                            ("is", "is"),
                            ("is_not", "is not"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "bound",
                    models.CharField(
                        help_text="What the metric of a good event is held against: a number; after “is” and “is not” a word.",
                        max_length=100,
                    ),
                ),
                (
                    "target_percent",
                    models.DecimalField(
                        decimal_places=4,
                        help_text="How many of 100 events are good, such as 99.9. The rest is the budget.",
                        max_digits=7,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0.0001")),
                            django.core.validators.MaxValueValidator(Decimal("99.9999")),
                        ],
                        verbose_name="target",
                    ),
                ),
                (
                    "window_days",
                    models.PositiveSmallIntegerField(
                        default=30,
                        help_text="Over how many days, up to now; at most 90.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(90),
                        ],
                        verbose_name="window",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ObjectiveHour",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hour", models.DateTimeField(help_text="When it began.")),
                ("good", models.BigIntegerField(default=0)),
                ("bad", models.BigIntegerField(default=0)),
                (
                    "minutes",
                    models.JSONField(
                        default=dict, help_text="Of each minute that had events, how many were good and bad."
                    ),
                ),
                (
                    "covered",
                    models.BigIntegerField(
                        default=0,
                        help_text="A bit for each minute in which everything was counted, the lowest for the first one.",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ObjectiveMark",
            fields=[
                (
                    "objective",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="mark",
                        serialize=False,
                        to="gaterhub.objective",
                    ),
                ),
                (
                    "definition",
                    models.CharField(
                        help_text="Stands for what makes an event good, as it was counted.", max_length=32
                    ),
                ),
                ("serial", models.BigIntegerField(help_text="How often it was written.")),
                (
                    "positions",
                    models.JSONField(default=dict, help_text="Of each stream, the last position that is counted."),
                ),
                ("since", models.DateTimeField(help_text="Since when it is counted.")),
                ("covered_from", models.DateTimeField(help_text="Since when nothing is missing.")),
                ("covered_until", models.DateTimeField(help_text="Up to when everything is counted.")),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AddConstraint(
            model_name="objective",
            constraint=models.CheckConstraint(
                condition=models.Q(("target_percent__gt", 0), ("target_percent__lt", 100)),
                name="objective_leaves_a_budget",
            ),
        ),
        migrations.AddConstraint(
            model_name="objective",
            constraint=models.CheckConstraint(
                condition=models.Q(("window_days__gte", 1), ("window_days__lte", 90)), name="objective_window_is_kept"
            ),
        ),
        migrations.AddField(
            model_name="objectivehour",
            name="objective",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="hours", to="gaterhub.objective"
            ),
        ),
        migrations.AddIndex(
            model_name="objectivehour",
            index=models.Index(fields=["hour"], name="objective_hour"),
        ),
        migrations.AddConstraint(
            model_name="objectivehour",
            constraint=models.UniqueConstraint(fields=("objective", "hour"), name="one_row_of_an_objectives_hour"),
        ),
        migrations.RunPython(give_permissions, migrations.RunPython.noop, elidable=False),
    ]
