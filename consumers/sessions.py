"""Who sits at a browser: the session cookie of a socket's handshake, and whether its page may use it."""

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any, Final
from urllib.parse import urlsplit

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model, load_backend
from django.db import close_old_connections
from django.utils.crypto import constant_time_compare, salted_hmac

from instances.access.granting import principal_of_user
from instances.access.principal import Principal

Scope = Mapping[str, Any]

HELD_BACK: Final = "gaterhub_held_back"
"""In a session whose person has something to do first, such as to set up a second factor: it opens no socket."""

AGENT_MAX_CHARACTERS: Final = 200

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def header(scope: Scope, name: bytes) -> str | None:
    """Return a request header's value, or None."""
    for key, value in scope["headers"]:
        if key == name:
            text: str = value.decode("latin-1")
            return text
    return None


def agent_of(scope: Scope) -> str:
    """Return what a client calls its program, as much of it as anybody reads."""
    said = (header(scope, b"user-agent") or "")[:AGENT_MAX_CHARACTERS]
    return "".join(each for each in said if each.isprintable())


def origin_is_trusted(scope: Scope) -> bool:
    """Tell whether the page that opened the socket is the hub's own, or of CSRF_TRUSTED_ORIGINS.

    A browser sends a cookie whichever page opens the socket; the Origin header, which pages can't set, tells which.
    """
    origin, host = header(scope, b"origin"), header(scope, b"host")
    if not origin or not host:
        return False
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    try:
        page = urlsplit(origin)
        here = urlsplit(f"{page.scheme}://{host}")
        port = _DEFAULT_PORTS.get(page.scheme)
        same = (page.hostname, page.port or port) == (here.hostname, here.port or port)
    except ValueError:
        return False
    return same and page.scheme in _DEFAULT_PORTS and _is_allowed(here.hostname or "")


def _is_allowed(hostname: str) -> bool:
    allowed = [name.strip("[]").lower() for name in settings.ALLOWED_HOSTS]
    return any(
        name in ("*", hostname) or (name.startswith(".") and (hostname == name[1:] or hostname.endswith(name)))
        for name in allowed
    )


def identity_tag(user_id: object) -> str:
    """Return a tag that tells one person from another and is no secret.

    Pages carry it, so that only tabs of the same person share a socket, and `connected` says it, so that a page which
    was made for somebody else notices.
    """
    return salted_hmac("consumers.sessions.identity", str(user_id), algorithm="sha256").hexdigest()[:32]


def session_key_of(scope: Scope) -> str | None:
    """Return the key of the session whose cookie came with the handshake, or None."""
    try:
        cookies = SimpleCookie(header(scope, b"cookie") or "")
    except CookieError:
        return None
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    return None if morsel is None else morsel.value


async def principal_of_session(session_key: str | None) -> Principal | None:
    """Return the person whose session it is, or None where it is nobody's."""
    if session_key is None:
        return None
    # Not thread-sensitive: one person's slow database look-up must not hold up everybody's.
    return await sync_to_async(principal_of_key, thread_sensitive=False)(session_key)


def principal_of_key(session_key: str) -> Principal | None:
    """Return the person whose session it is, or None where it is nobody's any more; blocks on the database."""
    close_old_connections()
    try:
        session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
        try:
            user_id = get_user_model()._meta.pk.to_python(session[SESSION_KEY])
            backend = load_backend(session[BACKEND_SESSION_KEY])
        except (KeyError, ImportError):
            return None
        user = backend.get_user(user_id) if session[BACKEND_SESSION_KEY] in settings.AUTHENTICATION_BACKENDS else None
        if user is None or not user.is_active or HELD_BACK in session:
            return None
        # A changed password ends the sessions that began under the old one.
        if not constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
            return None
        return principal_of_user(user)
    finally:
        close_old_connections()
