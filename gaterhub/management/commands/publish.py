"""Publish an event from a shell."""

import json
import urllib.error
import urllib.request
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gaterhub.hub_address import hub_address
from instances.error_codes import Refusal
from instances.publishing.signing import sign

TIMEOUT_SECONDS: Final = 15.0


class Command(BaseCommand):
    help = "Publish one event to the hub at GATERHUB_URL with GATERHUB_TOKEN, and print what the hub answers."

    # It works at another place than the one that the checks are about.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("instance", metavar="INSTANCE", help="One of the ten, or its alias.")
        parser.add_argument("topic", metavar="TOPIC", help="Such as subscription_health:prod:users.")
        parser.add_argument("event_type", metavar="EVENT_TYPE", help="Such as registration_success.")
        parser.add_argument("--data", metavar="JSON", default="null", help="The event's data (default: null).")
        parser.add_argument("--metadata", metavar="JSON", default="{}", help="The event's metadata, an object.")
        parser.add_argument(
            "--schema-version", metavar="N", type=int, default=1, help="The type's version (default: 1)."
        )
        parser.add_argument("--sign", action="store_true", help="Sign it with GATERHUB_SIGNING_SECRET.")

    def handle(self, *args: Any, **options: Any) -> None:
        address = hub_address()
        event = {
            "topic": options["topic"],
            "event_type": options["event_type"],
            "schema_version": options["schema_version"],
            "data": _read("--data", options["data"]),
            "metadata": _read("--metadata", options["metadata"]),
        }
        if options["sign"]:
            event = _signed(event, options["instance"])
        request = urllib.request.Request(  # noqa: S310  hub_address() has seen that it is http or https.
            f"{address.url}/api/v1/instances/{quote(options['instance'], safe='')}/events/",
            json.dumps(event).encode("utf-8", "surrogatepass"),
            {"Authorization": f"Bearer {address.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310  # nosec B310
                self.stdout.write(answer.read().decode())
        except urllib.error.HTTPError as error:
            raise CommandError(_told(error)) from error
        except OSError as error:
            raise CommandError(f"The hub at {address.url} can't be reached: {error}.") from error


def _read(option: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise CommandError(f"{option} is no JSON: {error}. In a shell, put it into single quotes.") from error


def _signed(event: dict[str, Any], instance: str) -> dict[str, Any]:
    if not settings.GATERHUB_SIGNING_SECRET:
        raise CommandError(
            "GATERHUB_SIGNING_SECRET is not set; `manage.py create_signing_secret PREFIX` makes one for a token."
        )
    try:
        return sign(event, instance, settings.GATERHUB_SIGNING_SECRET)
    except Refusal as refusal:
        raise CommandError(f"It can't be signed: {refusal.message}") from refusal


def _told(error: urllib.error.HTTPError) -> str:
    """Return what the hub's problem document says."""
    try:
        problem = json.loads(error.read())
        return f"{problem['code']}: {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"The hub answered {error.code} {error.reason}."
