"""System checks of what a hub that strangers can reach must not leave open; docs/checks.md lists them."""

from collections.abc import Callable, Sequence
from ipaddress import ip_network
from typing import Any, Final

from django.apps import AppConfig
from django.apps import apps as installed
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import checks as core
from django.db import DatabaseError, connections, router
from django.db.models import Model, QuerySet

from instances.access.models import Token

KEY_CHARACTERS: Final = 50
DISTINCT_CHARACTERS: Final = 10
"""A random key of that length has some thirty different ones."""
OF_EXAMPLES: Final = ("change", "example", "insecure", "password", "placeholder", "replace", "secret", "xxxx", "your")
"""What stands in the keys of documentation and templates, and in a random one hardly ever."""
NAMED_MAX: Final = 5
"""Names in one finding; more would hide the sentence."""

Apps = Sequence[AppConfig] | None


def secret_key_random(app_configs: Apps, **options: Any) -> list[core.CheckMessage]:
    key = str(settings.SECRET_KEY)
    if settings.DEBUG:
        return []
    short = len(key) < KEY_CHARACTERS or len(set(key)) < DISTINCT_CHARACTERS
    if not short and not any(word in key.lower() for word in OF_EXAMPLES):
        return []
    what = f"has fewer than {KEY_CHARACTERS} random characters" if short else "looks like one from an example"
    hint = "Take a new one: python3 -c 'import secrets; print(secrets.token_urlsafe(50))'."
    return [core.Warning(f"SECRET_KEY {what}: who guesses it can sign cookies.", hint=hint, id="gaterhub.W010")]


def debug_at_home(app_configs: Apps, **options: Any) -> list[core.CheckMessage]:
    if not settings.DEBUG or not _strangers():
        return []
    told = f"DEBUG is on, and the hub answers to {_named(_strangers())}: error pages show source and settings."
    return [core.Error(told, hint="Set DEBUG=0, or only this machine's names in ALLOWED_HOSTS.", id="gaterhub.E010")]


def https_for_strangers(app_configs: Apps, **options: Any) -> list[core.CheckMessage]:
    if settings.DEBUG or settings.HTTPS or not _strangers():
        return []
    told = f"GATERHUB_HTTPS is off, and the hub answers to {_named(_strangers())}: passwords and cookies can be read."
    hint = "Put a proxy that ends TLS before the hub (docs/deployment.md), and set GATERHUB_HTTPS=1."
    return [core.Warning(told, hint=hint, id="gaterhub.W011")]


def proxies_named(app_configs: Apps, **options: Any) -> list[core.CheckMessage]:
    everybody = [network for network in settings.TRUSTED_PROXIES if ip_network(network).prefixlen == 0]
    if not everybody:
        return []
    told = f"GATERHUB_TRUSTED_PROXIES names {_named(everybody)}: every client can claim any address."
    return [core.Error(told, hint="Name the proxy's own address, such as 127.0.0.1/32.", id="gaterhub.E011")]


def cookies_secure(app_configs: Apps, **options: Any) -> list[core.CheckMessage]:
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    open_ones = [name for name in names if settings.HTTPS and not getattr(settings, name)]
    if not open_ones:
        return []
    told = f"{_named(open_ones)} is off although people reach the hub by https: the cookie goes over http too."
    return [core.Warning(told, hint="Leave it to GATERHUB_HTTPS.", id="gaterhub.W014")]


def origins_secure(app_configs: Apps, **options: Any) -> list[core.CheckMessage]:
    plain = [origin for origin in settings.CSRF_TRUSTED_ORIGINS if settings.HTTPS and origin.startswith("http://")]
    if not plain:
        return []
    told = f"CSRF_TRUSTED_ORIGINS names {_named(plain)}: whoever sits on the way can write such a page."
    return [core.Warning(told, hint="Name origins with https://.", id="gaterhub.W015")]


def tokens_limited(
    app_configs: Apps, databases: Sequence[str] | None = None, **options: Any
) -> list[core.CheckMessage]:
    free = Token.objects.filter(limited=False, user=None, revoked_at=None, expires_at=None)
    names = _names(free, "name", databases)
    if not names:
        return []
    told = f"Tokens that may do everything and never end: {_named(names)}."
    hint = "Give services tokens with roles or grants and an end, and revoke these."
    return [core.Warning(told, hint=hint, id="gaterhub.W012")]


def superusers_with_two_factors(
    app_configs: Apps, databases: Sequence[str] | None = None, **options: Any
) -> list[core.CheckMessage]:
    if not settings.MFA:
        return []
    proven = _model("mfa", "Authenticator").objects.filter(type="totp").values("user")
    users = get_user_model().objects.filter(is_superuser=True, is_active=True).exclude(pk__in=proven)
    names = _names(users, "username", databases)
    if not names:
        return []
    told = f"Superusers without a second factor: {_named(names)}."
    hint = "They set one up at /accounts/2fa/; GATERHUB_MFA_REQUIRED_FOR_STAFF=1 lets nobody on the staff do without."
    return [core.Warning(told, hint=hint, id="gaterhub.W013")]


CHECKS: Final[tuple[Callable[..., list[core.CheckMessage]], ...]] = (
    secret_key_random,
    debug_at_home,
    https_for_strangers,
    proxies_named,
    cookies_secure,
    origins_secure,
)
DATABASE_CHECKS: Final[tuple[Callable[..., list[core.CheckMessage]], ...]] = (
    tokens_limited,
    superusers_with_two_factors,
)
"""Run where a database is named: `check --database default`, and before migrations."""


def _model(app: str, name: str) -> Any:
    """Return a model of an app that isn't always installed."""
    return installed.get_app_config(app).get_model(name)


def _strangers() -> list[str]:
    return [name for name in settings.ALLOWED_HOSTS if name not in settings.LOOPBACK_HOSTS]


def _named(names: Sequence[str]) -> str:
    more = len(names) - NAMED_MAX
    return ", ".join(names[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")


def _names(rows: "QuerySet[Any]", field: str, databases: Sequence[str] | None) -> list[str]:
    """Return the rows' names; none where the database isn't to be asked, or isn't migrated yet."""
    model: type[Model] = rows.model
    found: list[str] = []
    for alias in databases or ():
        # Where the journal is in the same database, that is named twice.
        if not router.allow_migrate_model(alias, model):
            continue
        try:
            if model._meta.db_table in connections[alias].introspection.table_names():
                found.extend(rows.using(alias).order_by(field).values_list(field, flat=True))
        except DatabaseError:
            # Before a migration the table may lack a column. What is wrong with the database itself is told elsewhere.
            continue
    return found
