"""`guard_journal`: set the triggers that keep the journal append-only, where somebody took them away."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from instances.journal.guarding import faults, set_guards
from instances.journal.guards import guarded_tables
from instances.journal.router import ALIAS


class Command(BaseCommand):
    help = (
        "Sets the triggers that keep the journal append-only, where one is missing, disabled or another. Migrations "
        "have set them; this is for after somebody took them away. On PostgreSQL it takes the owner of the tables."
    )
    # One of them is an error just when this is needed.
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        connection, tables = connections[ALIAS], guarded_tables(apps)
        try:
            wrong = faults(connection, tables)
            if wrong:
                set_guards(connection, tables)
        except DatabaseError as error:
            raise CommandError(f"The triggers can't be set: {error}") from error
        if not wrong:
            self.stdout.write("Every trigger stands; nothing was changed.")
            return
        for name, what in wrong.items():
            self.stdout.write(f"{name} was {what}, and is set.")
        self.stderr.write("What was changed meanwhile, they can't tell: run `manage.py verify_journal`.")
