"""`accept_restored_journal`: go on with a journal that the signer refuses, under new logs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from gaterhub.acts.actor import os_user
from instances.journal.memory import Forgetful
from instances.journal.restoring import NothingToAccept, accept
from instances.journal.signer import SEALED


class Command(BaseCommand):
    help = (
        "Lets a new log begin with what a restored journal holds, after the signer has refused it as older than what "
        "was signed. The log tells it, with the reason given here, and positions of before are good no more."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--because", required=True, help="why, for those who read the log")
        parser.add_argument(
            "--instance",
            action="append",
            choices=SEALED,
            default=[],
            help="accept this one although nothing is remembered against it on this host; may be given again",
        )

    def handle(self, *, because: str, instance: list[str], **options: Any) -> None:
        if not because.strip():
            raise CommandError("--because says why, in a sentence for those who read the log.")
        try:
            accepted = accept(because.strip(), actor=f"os:{os_user()}", instances=instance)
        except (NothingToAccept, Forgetful) as error:
            raise CommandError(str(error)) from error
        except Error as error:
            raise CommandError(f"The journal can't be reached: {error}") from error
        for each in accepted:
            before = "" if each.signed_size is None else f"; the one before was signed with {each.signed_size:,}"
            self.stdout.write(f"{each.log} begins with {each.size:,} entries{before}.")
            if each.untold is not None:
                self.stderr.write(f"The log could not be told of it: {each.untold} Record it by other means.")
