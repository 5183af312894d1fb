"""`journal_grants`: print the statements that give the journal's tables on PostgreSQL to four roles."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from instances.journal.grants import BadRoleName, Roles, statements
from instances.journal.router import ALIAS

_WHO = {
    "owner": "owns the tables, and migrates",
    "app": "serves: takes events, and answers questions",
    "sequencer": "numbers and signs, beside all that the app may",
    "auditor": "reads, and no keys of personal values",
}


class Command(BaseCommand):
    help = (
        "Prints the statements that give the journal's tables on PostgreSQL to four roles: one owns them, and those "
        "that serve may add and read. It changes nothing; a superuser of the database runs what it prints."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        for role, who in _WHO.items():
            parser.add_argument(
                f"--{role}",
                metavar="NAME",
                default=getattr(Roles(), role),
                help=f"the role that {who}; made, without a log-in, where there is none (default: %(default)s)",
            )
        parser.add_argument(
            "--schema", metavar="NAME", default="public", help="in which the tables are (default: %(default)s)"
        )

    def handle(self, *, schema: str, **options: Any) -> None:
        connection = connections[ALIAS]
        if connection.vendor != "postgresql":
            raise CommandError(
                f"The journal is kept by {connection.display_name}, which has no roles: the permissions of its file "
                "say who reads and writes. Set JOURNAL_DATABASE_URL or DATABASE_URL to the PostgreSQL database."
            )
        shared = settings.JOURNAL_SHARES_DATABASE
        try:
            made = list(
                statements(Roles(**{role: options[role] for role in _WHO}), schema=schema, with_other_tables=shared)
            )
        except BadRoleName as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"-- For the database {connection.settings_dict['NAME']}, after `manage.py migrate`, by a superuser:\n"
            "-- psql --set ON_ERROR_STOP=1 --file THIS. Run it again after each upgrade."
        )
        self.stdout.write("\n".join(made))
