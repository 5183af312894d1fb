"""`create_token`: make an API token and print it, alone, on standard output."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from instances.access.models import Token


class Command(BaseCommand):
    help = (
        "Makes an API token and prints it, alone, on standard output. It is shown this once. "
        "Without --user and --role it may do everything."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="who publishes with it: events carry this name as their publisher")
        parser.add_argument("--user", metavar="USERNAME", help="for whom it acts, and whose deactivation ends it")
        parser.add_argument(
            "--role", metavar="ROLE", action="append", default=[], help="a role it has; may be repeated"
        )

    def handle(self, *, name: str, user: str | None, role: list[str], **options: Any) -> None:
        if role:
            # A token that was asked to be narrow must never come out wide.
            raise CommandError(f"There is no role {role[0]!r}: no role is defined. No token was made.")
        owner = _active_user(user) if user is not None else None
        try:
            token, secret = Token.objects.issue(name=name, user=owner)
        except ValidationError as error:
            raise CommandError(f"The name {name!r}: {' '.join(error.messages)} No token was made.") from error
        namesakes = Token.objects.live(at=timezone.now()).filter(name=name).exclude(pk=token.pk).count()
        if namesakes:
            self.stderr.write(
                f"Live tokens named {name!r} before this one: {namesakes}. The admin lists and revokes them."
            )
        self.stdout.write(secret)


def _active_user(username: str) -> User:
    users = get_user_model()._default_manager
    try:
        user = users.get_by_natural_key(username)
    except get_user_model().DoesNotExist as error:
        raise CommandError(f"There is no user {username!r}. No token was made.") from error
    if not user.is_active:
        raise CommandError(f"The user {username!r} is deactivated. No token was made.")
    return user
