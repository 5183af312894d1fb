"""`reseal_secrets`: seal what is encrypted in the databases with the present key, so that older keys can go."""

import sys
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gaterhub.management.progress import ProgressBar
from instances.access.signing_secret import reseal as reseal_signing_secrets
from instances.journal.resealing import Resealed
from instances.journal.resealing import reseal as reseal_journal
from instances.journal.router import ALIAS


class Command(BaseCommand):
    help = (
        "Opens the signing secrets and the journal's keys that older keys sealed, and seals them with "
        "GATERHUB_ENCRYPTION_KEY. Afterwards GATERHUB_ENCRYPTION_KEYS_OLD can be emptied. It may be ended and run "
        "again: it goes on where it was."
    )

    def handle(self, **options: Any) -> None:
        resealed, lost = reseal_signing_secrets()
        self.stdout.write(f"Signing secrets sealed anew: {resealed}.")
        journal = self._reseal_journal()
        self.stdout.write(f"Keys of persons in the journal sealed anew: {journal.subjects}.")
        self.stdout.write(f"Secrets of the journal's own sealed anew: {journal.secrets}.")
        wrong = []
        if lost:
            wrong.append(
                f"No key opens the signing secrets of the tokens {', '.join(lost)}. Put the key that sealed them into "
                "GATERHUB_ENCRYPTION_KEYS_OLD, or make new ones with create_signing_secret."
            )
        if journal.lost:
            wrong.append(
                f"No key opens {_some(journal.lost)} of the journal, so personal data can't be read, and where it is "
                "the blind index key, no evidence with personal data be taken. Put the key that sealed them into "
                "GATERHUB_ENCRYPTION_KEYS_OLD; there is no other way."
            )
        if wrong:
            raise CommandError("\n".join(wrong))

    def _reseal_journal(self) -> Resealed:
        bar = ProgressBar(sys.stderr, "persons")
        try:
            return reseal_journal(using=ALIAS, tell=partial(bar.show, "Keys"))
        finally:
            bar.end()


def _some(names: list[str], most: int = 10) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
