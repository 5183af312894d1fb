"""The system check of retention policies: conflicts, which somebody should settle before a regulator asks."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks as core
from django.db import DatabaseError, connections, router

from instances import config
from instances.catalog import INSTANCES
from instances.models import RetentionPolicy
from instances.retention.findings import findings
from instances.retention.rows import all_stated

_HINT = "Change one of them in the admin, under Retention policies; its preview tells what is left of the conflict."


def policies_agree(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **options: Any
) -> list[core.CheckMessage]:
    """Warn of each conflict between active policies."""
    for alias in databases or ():
        if not router.allow_migrate_model(alias, RetentionPolicy):
            continue
        try:
            if RetentionPolicy._meta.db_table in connections[alias].introspection.table_names():
                return _conflicts(alias)
        except DatabaseError:
            # What is wrong with the database itself is told elsewhere.
            continue
    return []


def _conflicts(alias: str) -> list[core.CheckMessage]:
    # A command has not read it yet, and an instance's own figures are half of some conflicts.
    config.refresh()
    own = {spec.name: config.effective(spec.name).keep for spec in INSTANCES}
    policies = all_stated(RetentionPolicy.objects.using(alias).filter(active=True).order_by("pk"))
    return [
        core.Warning(each.says, hint=_HINT, id="gaterhub.W030") for each in findings(policies, own) if each.conflict
    ]
