"""Bring every database up to date."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as Migrate
from django.db import DEFAULT_DB_ALIAS

from instances.journal.router import ALIAS


class Command(Migrate):
    help = "Bring the databases up to date: the hub's own and the journal's, or the one named by --database."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database=None)

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        named = options["database"]
        return {**super().get_check_kwargs({**options, "database": named or DEFAULT_DB_ALIAS})} | (
            {} if named else {"databases": [DEFAULT_DB_ALIAS, ALIAS]}
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["database"] is not None:
            super().handle(*args, **options)
            return
        label = options["app_label"]
        journal_apart = not settings.JOURNAL_SHARES_DATABASE
        if not (journal_apart and label == "journal"):
            super().handle(*args, **{**options, "database": DEFAULT_DB_ALIAS})
        if journal_apart and label in (None, "journal"):
            super().handle(*args, **{**options, "database": ALIAS})
