from typing import Any

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

LABEL = "consumers"
SEEN = ("view_subscriber", "view_ban")
ALL = (*SEEN, "disconnect_subscriber", "add_ban", "change_ban")
ROLES = {"operator": ALL, "administrator": ALL, "SOC analyst": SEEN, "incident responder": SEEN}


def give_permissions(apps: Any, schema_editor: Any) -> None:
    """Let the roles that run the hub see who is connected, and send them away; a role that was taken out stays out."""
    using = schema_editor.connection.alias
    # Django makes permissions only after all migrations.
    create_permissions(installed.get_app_config(LABEL), verbosity=0, using=using, apps=installed)
    group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for name, codenames in ROLES.items():
        group = group_model.objects.using(using).filter(name=name).first()
        if group is not None:
            permissions = permission_model.objects.using(using).filter(content_type__app_label=LABEL)
            group.permissions.add(*permissions.filter(codename__in=codenames))


class Migration(migrations.Migration):
    dependencies = [("access", "0004_journal_roles"), ("consumers", "0002_inspector")]

    operations = [migrations.RunPython(give_permissions, migrations.RunPython.noop, elidable=False)]
