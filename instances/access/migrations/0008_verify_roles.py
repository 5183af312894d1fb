from typing import Any

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

LABEL = "journal"
ROLES = ("auditor", "compliance officer")


def give_permissions(apps: Any, schema_editor: Any) -> None:
    """Let the roles that judge evidence have it verified; a role that was taken out stays out."""
    using = schema_editor.connection.alias
    # Django makes permissions only after all migrations.
    create_permissions(installed.get_app_config(LABEL), verbosity=0, using=using, apps=installed)
    group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    verify = permission_model.objects.using(using).get(content_type__app_label=LABEL, codename="verify_journal")
    for group in group_model.objects.using(using).filter(name__in=ROLES):
        group.permissions.add(verify)


class Migration(migrations.Migration):
    dependencies = [("access", "0007_trace_roles")]

    operations = [migrations.RunPython(give_permissions, migrations.RunPython.noop, elidable=False)]
