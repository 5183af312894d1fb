"""`rotate_token`: make the successor of an API token and print it, alone, on standard output."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from instances.access.rotation import OVERLAP_DEFAULT, OVERLAP_MAX, rotate
from instances.access.shorthand import token_named
from instances.error_codes import Refusal

_HOUR = timedelta(hours=1)


class Command(BaseCommand):
    help = (
        "Makes the successor of an API token, with the same name and rights, and prints it, alone, on standard "
        "output. It is shown this once. The old one works until the overlap is over."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("prefix", help="the eight characters after gh_, by which the admin lists it")
        parser.add_argument(
            "--overlap",
            metavar="HOURS",
            type=int,
            default=OVERLAP_DEFAULT // _HOUR,
            help=f"how long the old one still works, 0 to {OVERLAP_MAX // _HOUR} (default: %(default)s)",
        )

    def handle(self, *, prefix: str, overlap: int, **options: Any) -> None:
        hours = max(-1, min(overlap, OVERLAP_MAX // _HOUR + 1))
        try:
            issued = rotate(token_named(prefix), at=timezone.now(), overlap=hours * _HOUR)
        except Refusal as refusal:
            raise CommandError(f"{refusal.message} No token was made.") from refusal
        old = issued.token.replaces
        if old is not None:
            end = "is revoked" if old.revoked_at or not hours else f"ends at {old.expires_at:%Y-%m-%d %H:%M %Z}"
            self.stderr.write(f"The old one, {old}, {end}.")
        self.stdout.write(issued.secret)
