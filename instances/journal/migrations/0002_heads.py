"""Begin the journals: each with the epoch of its streams, and with nothing in it."""

from typing import Any

from django.db import migrations

from instances.streams.position import new_epoch

JOURNALED = ("audit", "security", "alerts")


def begin(apps: Any, editor: Any) -> None:
    heads = apps.get_model("journal", "JournalHead").objects.using(editor.connection.alias)
    for instance in JOURNALED:
        heads.get_or_create(instance=instance, defaults={"epoch": new_epoch()})


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop, elidable=False)]
