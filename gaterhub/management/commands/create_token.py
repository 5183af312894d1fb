"""`create_token`: make an API token and print it, alone, on standard output."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from instances.access.expiry import end_of
from instances.access.issuing import TokenWish, granted, issue, roles_named
from instances.access.models import Token
from instances.access.rights import Granted
from instances.error_codes import Refusal


class Command(BaseCommand):
    help = (
        "Makes an API token and prints it, alone, on standard output. It is shown this once. "
        "Without --user, --role and --grant it may do everything."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="who publishes with it: events carry this name as their publisher")
        parser.add_argument("--user", metavar="USERNAME", help="for whom it acts, and whose deactivation ends it")
        parser.add_argument(
            "--role", metavar="ROLE", action="append", default=[], help="a role it has; may be repeated"
        )
        parser.add_argument(
            "--grant",
            metavar="GRANT",
            action="append",
            default=[],
            help='what it may do, as "VERB INSTANCE PATTERN [personal]"; may be repeated',
        )
        parser.add_argument("--expires", metavar="WHEN", help="its end: a duration such as 90d or 12h, or a date")
        parser.add_argument(
            "--network",
            metavar="CIDR",
            action="append",
            default=[],
            help="from where it is taken, such as 10.0.0.0/8; may be repeated",
        )

    def handle(
        self,
        *,
        name: str,
        user: str | None,
        role: list[str],
        grant: list[str],
        expires: str | None,
        network: list[str],
        **options: Any,
    ) -> None:
        owner = _active_user(user) if user is not None else None
        now = timezone.now()
        try:
            wish = TokenWish(
                name=name,
                user=owner,
                # A token that was asked to be narrow must never come out wide.
                limited=bool(role or grant),
                roles=roles_named(role),
                grants=[_grant(text) for text in grant],
                expires_at=None if expires is None else end_of(expires, now=now),
                networks=network,
            )
            token, secret = issue(wish)
        except Refusal as refusal:
            raise CommandError(f"{refusal.message} No token was made.") from refusal
        namesakes = Token.objects.live(at=now).filter(name=name).exclude(pk=token.pk).count()
        if namesakes:
            self.stderr.write(
                f"Live tokens named {name!r} before this one: {namesakes}. The admin lists and revokes them."
            )
        self.stdout.write(secret)


def _grant(text: str) -> Granted:
    """Return the grant that the words say. Raises: Refusal."""
    match text.split():
        case [verb, instance, pattern]:
            return granted(verb, instance, pattern)
        case [verb, instance, pattern, "personal"]:
            return granted(verb, instance, pattern, personal=True)
        case _:
            raise Refusal(
                "bad_request",
                f"The grant {text[:80]!r} is to be VERB INSTANCE PATTERN, and personal after them where personal "
                "fields are to be read, such as 'subscribe health subscription_health:*'.",
            )


def _active_user(username: str) -> User:
    users = get_user_model()._default_manager
    try:
        user = users.get_by_natural_key(username)
    except get_user_model().DoesNotExist as error:
        raise CommandError(f"There is no user {username!r}. No token was made.") from error
    if not user.is_active:
        raise CommandError(f"The user {username!r} is deactivated. No token was made.")
    return user
