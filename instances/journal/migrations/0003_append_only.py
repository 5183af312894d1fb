"""Set the guards: what was added stays, as it was added.

A later migration that adds a column to a guarded table, or that changes one on SQLite, where Django then makes the
table anew without its triggers, has to set them again in the same way.
"""

from typing import Any

from django.db import migrations

from instances.journal.guarding import set_guards, take_guards_away
from instances.journal.guards import guarded_tables

GIVEN = ("index", "offset")
GUARDED = {
    "AuditEntry": GIVEN,
    "SecurityEntry": GIVEN,
    "AlertEntry": GIVEN,
    "Span": (),
    "Tile": (),
    "Checkpoint": (),
    "Anchored": (),
}


def guard(apps: Any, editor: Any) -> None:
    set_guards(editor.connection, guarded_tables(apps, GUARDED))


def unguard(apps: Any, editor: Any) -> None:
    take_guards_away(editor.connection, guarded_tables(apps, GUARDED))


class Migration(migrations.Migration):
    dependencies = [("journal", "0002_heads")]

    operations = [
        *(
            migrations.AlterModelOptions(
                name=f"{name}entry",
                options={
                    "base_manager_name": "objects",
                    "verbose_name": f"{name} entry",
                    "verbose_name_plural": f"{name} entries",
                },
            )
            for name in ("audit", "security", "alert")
        ),
        migrations.RunPython(guard, unguard, elidable=False),
    ]
