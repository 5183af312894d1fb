"""Try the hub out on one machine."""

import json
import secrets
from typing import Any, Final

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from gaterhub.acts.telling import hold_back
from instances.access.models import Token

USERS: Final = (("admin", True, "configures everything in the admin"), ("viewer", False, "follows the pages"))
VIEWER_ROLES: Final = ("viewer", "SOC analyst")
"""Together they read all ten."""
EVENT: Final = {
    "topic": "subscription_health:prod:users",
    "event_type": "registration_success",
    "data": {"store_id": "prod"},
}
TOKEN_NAME: Final = "demo"  # noqa: S105  It is a name, no secret.


class Command(BaseCommand):
    help = "Make demo users and a token, print them, and serve with this machine's own telemetry. Not for strangers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", default="8000", help="TCP port on 127.0.0.1 (default: %(default)s).")

    # What they would warn of here is what a demo is; the hub alerts it all the same.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        hold_back()
        url = f"http://127.0.0.1:{options['port']}/"
        logins = [(name, self._user(name, is_admin), does) for name, is_admin, does in USERS]
        token = self._token()
        width = max(len(password) for _, password, _ in logins)
        lines = [
            "",
            f"  gaterhub     {url}",
            *(f"  log in       {name:<7} {password:<{width}}   {does}" for name, password, does in logins),
            f"  token        {token}",
            "",
            "  Publish an event, and see it on the page of health:",
            "",
            f"  curl -sS {url}api/v1/instances/health/events/ \\",
            f'    -H "Authorization: Bearer {token}" -H "Content-Type: application/json" \\',
            f"    -d '{json.dumps(EVENT)}'",
            "",
            "  Ctrl+C ends it.",
            "",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()
        call_command("serve", port=int(options["port"]), agent=True)

    def _user(self, name: str, is_admin: bool) -> str:
        """Make the user, or give an earlier demo's user a new password, and return it."""
        password = secrets.token_urlsafe(9)
        user, _ = get_user_model().objects.get_or_create(username=name)
        user.is_staff = user.is_superuser = is_admin
        user.is_active = True
        user.set_password(password)
        user.save()
        user.groups.set(Group.objects.filter(name__in=() if is_admin else VIEWER_ROLES))
        return password

    def _token(self) -> str:
        """Make a token in the place of an earlier demo's, which nobody can read any more."""
        Token.objects.filter(name=TOKEN_NAME, revoked_at=None).revoke(at=timezone.now())
        _, secret = Token.objects.issue(name=TOKEN_NAME)
        return secret
