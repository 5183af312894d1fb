"""`rotate_journal_key`: another key for receipts and checkpoints, and later the end of the one before."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from instances.journal.keys import NoKey, end_old_key, key_file, log_origin, replace_key, signing_key
from instances.journal.models import JournalHead
from instances.journal.signer import SEALED

_ENVIRONMENT = """\
The key stands in the environment, where this command can't change it:
1. Make another one: openssl rand -base64 32
2. Put the value of GATERHUB_JOURNAL_KEY into GATERHUB_JOURNAL_KEYS_OLD and the new one into GATERHUB_JOURNAL_KEY, on
   every host, and restart. The hub announces the change in its log before the new key signs a checkpoint.
3. Give the new verifier keys to whoever verifies, then empty GATERHUB_JOURNAL_KEYS_OLD and restart.
"""


class Command(BaseCommand):
    help = (
        "Makes another key for the journal's receipts and checkpoints. The one before goes on signing checkpoints "
        "beside it, until --finish deletes it once everybody who verifies has the new verifier keys."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--finish", action="store_true", help="delete the key before this one")

    def handle(self, *, finish: bool, **options: Any) -> None:
        if settings.GATERHUB_JOURNAL_KEY:
            raise CommandError(_ENVIRONMENT)
        try:
            if finish:
                end_old_key()
                self.stdout.write("The key before this one is deleted; checkpoints are signed by one key.")
                return
            replace_key()
            key = signing_key()
        except NoKey as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{key_file()} holds a new key. The hub announces it in its log before it signs a checkpoint with it. Give "
            "these verifier keys to whoever verifies, copy the file to the other hosts of the hub, and then run "
            "rotate_journal_key --finish:"
        )
        for head in JournalHead.objects.filter(instance__in=SEALED).order_by("instance"):
            self.stdout.write(key.verifier(log_origin(head.instance, head.generation)))
