"""`revoke_token`: end an API token, everywhere within five seconds."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from instances.access.models import Token
from instances.access.shorthand import token_named
from instances.error_codes import Refusal


class Command(BaseCommand):
    help = "Revokes an API token: it is refused everywhere within five seconds, and its sockets are closed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("prefix", help="the eight characters after gh_, by which the admin lists it")

    def handle(self, *, prefix: str, **options: Any) -> None:
        try:
            token = token_named(prefix)
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        revoked = Token.objects.filter(pk=token.pk).revoke(at=timezone.now())
        self.stdout.write(f"{token} is revoked." if revoked else f"{token} was revoked before.")
