"""Settings of django-allauth, which is not imported here: what it is told, from the hub's own few settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

PROVIDER_ID: Final = "sso"
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """One OpenID Connect provider, and what its people become here."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    domains: tuple[str, ...]
    """Of e-mail addresses whose owners may come in; empty: everybody whom the provider lets in."""
    groups_claim: str
    roles: tuple[tuple[str, str], ...]
    """Pairs of the provider's group and the hub's role."""


def single_sign_on(
    *,
    issuer: str,
    client_id: str,
    client_secret: str,
    client_secret_file: str,
    name: str,
    domains: list[str],
    groups_claim: str,
    roles: list[str],
) -> SingleSignOn | None:
    """Return what the settings GATERHUB_SSO_* say, None where they name no issuer. Raises: ImproperlyConfigured."""
    if not issuer:
        return None
    where = urlsplit(issuer)
    if where.scheme != "https" and not (where.scheme == "http" and where.hostname in LOOPBACK):
        raise ImproperlyConfigured(
            f"GATERHUB_SSO_ISSUER is {issuer!r}; it starts with https://, such as https://id.example."
        )
    if client_secret_file:
        try:
            client_secret = Path(client_secret_file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"GATERHUB_SSO_CLIENT_SECRET_FILE can't be read: {error}.") from error
    if not client_id or not client_secret:
        raise ImproperlyConfigured(
            "GATERHUB_SSO_ISSUER is set, so GATERHUB_SSO_CLIENT_ID and GATERHUB_SSO_CLIENT_SECRET"
            " (or GATERHUB_SSO_CLIENT_SECRET_FILE) have to be set too."
        )
    return SingleSignOn(
        issuer=issuer.rstrip("/") if where.path in ("", "/") else issuer,
        client_id=client_id,
        client_secret=client_secret,
        name=name,
        domains=tuple(domain.strip().lower().lstrip("@") for domain in domains),
        groups_claim=groups_claim,
        roles=tuple(_pair(pair) for pair in roles),
    )


def the_directory() -> SingleSignOn:
    """Return the provider, in code that runs only where there is one."""
    sso = settings.SSO
    assert sso is not None
    return sso


def _pair(text: str) -> tuple[str, str]:
    group, equals, role = (part.strip() for part in text.rpartition("="))
    if not (group and equals and role):
        raise ImproperlyConfigured(
            f"GATERHUB_SSO_ROLES has {text!r}; each entry is GROUP=ROLE, such as soc=SOC analyst."
        )
    return group, role


def origin_of(address: str) -> str:
    where = urlsplit(address)
    return f"{where.scheme}://{where.netloc}"


def require_installed() -> None:
    """Make sure that the extra is there. Raises: ImproperlyConfigured."""
    if find_spec("allauth") is None:
        raise ImproperlyConfigured(
            "GATERHUB_SSO_ISSUER and GATERHUB_MFA need the extra `sso`:"
            " pip install --require-hashes -r requirements-sso.lock."
        )


def apps(sso: SingleSignOn | None, *, mfa: bool) -> list[str]:
    """Return the apps to install, ours last, so that its pages of the admin take the place of allauth's."""
    chosen = ["allauth", "allauth.account"]
    if sso:
        chosen.append("allauth.socialaccount")
    if mfa:
        chosen.append("allauth.mfa")
    return [*chosen, "gaterhub.sso"]


def allauth_settings(sso: SingleSignOn | None, *, mfa: bool) -> Mapping[str, Any]:
    told: dict[str, Any] = {
        "ACCOUNT_ADAPTER": "gaterhub.sso.accounts.Accounts",
        "ACCOUNT_LOGIN_METHODS": {"username"},
        "ACCOUNT_SIGNUP_FIELDS": ["username*"],
        "ACCOUNT_SIGNUP_ENABLED": False,
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        # An address proves nothing here: accounts are never joined by one.
        "ACCOUNT_UNIQUE_EMAIL": False,
        "ACCOUNT_REAUTHENTICATION_TIMEOUT": 300,
        "ACCOUNT_REAUTHENTICATION_METHODS": ["password", "mfa"],
        # The log-in is held up by gaterhub.people.guessing.
        "ACCOUNT_RATE_LIMITS": {"login": None, "login_failed": "10/5m/key"},
    }
    if sso:
        told |= {
            "SOCIALACCOUNT_ADAPTER": "gaterhub.sso.accounts.Joining",
            "SOCIALACCOUNT_ONLY": False,
            "SOCIALACCOUNT_REQUESTS_TIMEOUT": 5,
            "SOCIALACCOUNT_PROVIDERS": {
                "openid_connect": {
                    "OAUTH_PKCE_ENABLED": True,
                    "APPS": [
                        {
                            "provider_id": PROVIDER_ID,
                            "name": sso.name,
                            "client_id": sso.client_id,
                            "secret": sso.client_secret,
                            "settings": {"server_url": sso.issuer},
                        }
                    ],
                }
            },
        }
    if mfa:
        told |= {
            "MFA_ADAPTER": "gaterhub.sso.second_factor.SecondFactor",
            "MFA_SUPPORTED_TYPES": ["totp", "recovery_codes"],
            "MFA_TOTP_ISSUER": "gaterhub",
            "MFA_TOTP_TOLERANCE": 1,
            "MFA_RECOVERY_CODES_SHOW_ONCE": True,
            "MFA_ALLOW_UNVERIFIED_EMAIL": True,
        }
    return told
