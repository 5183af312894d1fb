"""Who acts, and from where."""

import os
import pwd
from typing import Any

from django.http import HttpRequest
from django.utils.functional import LazyObject

from gaterhub.acts.middleware import current_request
from gaterhub.origin import plain
from instances.access.forwarding import address_of


def current_actor() -> dict[str, Any]:
    """Return whoever is behind the act at hand: the request's user, else the user of the operating system."""
    request = current_request()
    if request is None:
        return {"actor": f"os:{os_user()}", "actor_kind": "os_user"}
    kind, name = caller_of(request)
    actor = f"{kind}:{name}" if name else kind
    return {"actor": actor, "actor_kind": kind, "ip_address": client_address(request)}


def os_user() -> str:
    """Return the account that runs this process; environment variables, which anybody can set, aren't asked."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        # In a container a process may well have a number without a name.
        return f"uid-{os.getuid()}"


def caller_of(request: HttpRequest) -> tuple[str, str]:
    """Return the kind of the request's caller, `user`, `token` or `anonymous`, and its name.

    Only a user who was found out already counts. Django keeps it as `_cached_user`; asking a `request.user` that is
    still lazy would query the database here, which a handler on the event loop must not do.
    """
    user = request.__dict__.get("user")
    if user is None or isinstance(user, LazyObject):
        user = getattr(request, "_cached_user", None)
    if user is None or not user.is_authenticated:
        return "anonymous", ""
    # Under a token the API's caller has nobody's account.
    return ("user" if user.get_username() else "token"), plain(str(user))


def client_address(request: HttpRequest) -> str | None:
    """Return the address that the request came from; what trusted proxies forwarded is in the scope by now."""
    address = address_of(str(request.META.get("REMOTE_ADDR", "")))
    return None if address is None else str(address)


def user_agent(request: HttpRequest) -> str:
    return plain(str(request.META.get("HTTP_USER_AGENT", "")), at_most=300)
