from typing import Any

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

from instances.access.roles import ROLES

LABEL = "journal"


def give_permissions(apps: Any, schema_editor: Any) -> None:
    """Let the roles that may query evidence or alerts see them in the admin, too.

    A role that an operator has taken out isn't made again. Whoever may query nothing sees nothing: the admin asks for
    the grant as well.
    """
    using = schema_editor.connection.alias
    # Django makes permissions only after all migrations.
    create_permissions(installed.get_app_config(LABEL), verbosity=0, using=using, apps=installed)
    group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for role in ROLES:
        codenames = [name.partition(".")[2] for name in role.permissions if name.startswith(f"{LABEL}.")]
        group = group_model.objects.using(using).filter(name=role.name).first()
        if group is not None:
            permissions = permission_model.objects.using(using).filter(content_type__app_label=LABEL)
            group.permissions.add(*permissions.filter(codename__in=codenames))


class Migration(migrations.Migration):
    dependencies = [("access", "0003_roles")]

    operations = [migrations.RunPython(give_permissions, migrations.RunPython.noop, elidable=False)]
