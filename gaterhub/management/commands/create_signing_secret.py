"""`create_signing_secret`: give a token a signing secret and print it, alone, on standard output."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from instances.access.models import Token
from instances.access.secret import PREFIX_LENGTH
from instances.access.signing_secret import RevokedToken, give_signing_secret


class Command(BaseCommand):
    help = (
        "Makes a signing secret for a token and prints it, alone, on standard output. It is shown this once, and the "
        "secret that the token had stops working within five seconds."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "prefix", metavar="PREFIX", help="the token's: the eight characters after gh_, as the admin lists them"
        )

    def handle(self, *, prefix: str, **options: Any) -> None:
        short = prefix.removeprefix("gh_")
        if len(short) != PREFIX_LENGTH:
            # What was given may be a whole token, which must not be repeated.
            raise CommandError(
                f"A token's prefix is the {PREFIX_LENGTH} characters after gh_, as the admin lists them. No secret was "
                "made."
            )
        token = Token.objects.filter(prefix=short).first()
        if token is None:
            raise CommandError(f"There is no token with the prefix {short!r}. No secret was made.")
        try:
            self.stdout.write(give_signing_secret(token))
        except RevokedToken as refusal:
            raise CommandError(refusal.message) from refusal
