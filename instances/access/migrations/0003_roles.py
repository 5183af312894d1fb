from typing import Any

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

from instances.access.roles import ROLES

LABELS = ("auth", "admin", "access", "instances", "consumers")
"""Of the permissions that are given here; those of apps that came later, a later migration gives."""


def make_roles(apps: Any, schema_editor: Any) -> None:
    """Make the roles as groups, and let the accounts that there are go on following what is no evidence.

    A group of the same name that an operator has made already keeps what it has and gets nothing.
    """
    using = schema_editor.connection.alias
    # Django makes permissions only after all migrations, and the roles have some.
    for label in LABELS:
        config = installed.get_app_config(label)
        create_permissions(config, verbosity=0, using=using, apps=apps if label == "access" else installed)
    group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    grant_model, user_model = apps.get_model("access", "Grant"), apps.get_model("auth", "User")
    for role in ROLES:
        group, made = group_model.objects.using(using).get_or_create(name=role.name)
        if not made:
            continue
        grant_model.objects.using(using).bulk_create(
            grant_model(group=group, verb=verb.value, instance=instance, pattern=rule.pattern, personal=rule.personal)
            for rule in role.rules
            for verb in rule.verbs
            for instance in rule.instances
        )
        for permission in role.permissions:
            label, _, codename = permission.partition(".")
            if label not in LABELS:
                continue
            group.permissions.add(
                permission_model.objects.using(using).get(content_type__app_label=label, codename=codename)
            )
    viewer = group_model.objects.using(using).get(name="viewer")
    for user in user_model.objects.using(using).filter(is_active=True, is_superuser=False, groups=None):
        user.groups.add(viewer)


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_rights"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("consumers", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("instances", "0005_signed_instances"),
    ]

    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop, elidable=False)]
