"""Where the journal's tables are: in a database of their own, which may be the same server's."""

from typing import Any, Final

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS

from instances.journal.apps import JournalConfig

ALIAS: Final = "journal"


class JournalRouter:
    """Sends the journal's models to their database, and keeps everything else out of it."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return ALIAS if model._meta.app_label == JournalConfig.label else None

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return ALIAS if model._meta.app_label == JournalConfig.label else None

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool | None:
        labels = {one._meta.app_label, other._meta.app_label}
        return None if JournalConfig.label not in labels else labels == {JournalConfig.label}

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """Tell whether an app's tables belong there.

        Where both aliases name one database, it has one table of applied migrations: then all of them are applied
        under the default alias, or those of the journal would be noted as done before they were.
        """
        here = DEFAULT_DB_ALIAS if settings.JOURNAL_SHARES_DATABASE else ALIAS
        if app_label == JournalConfig.label:
            return db == here
        return False if db == ALIAS else None
