"""Settings of the site, from the environment and a `.env` file where there is one; docs/settings.md lists them all."""

import sys
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from gaterhub.api.conf import REST_FRAMEWORK as REST_FRAMEWORK
from gaterhub.api.conf import SPECTACULAR_SETTINGS as SPECTACULAR_SETTINGS
from gaterhub.environment import BASE_DIR as BASE_DIR
from gaterhub.environment import DATA_DIR as DATA_DIR
from gaterhub.environment import NODE, env
from gaterhub.journal_settings import *  # noqa: F403  The journal's own fill a module.
from gaterhub.sso.conf import allauth_settings, apps, origin_of, require_installed, single_sign_on
from instances.access.sealing import KEY_BYTES, BadKey, key_of

DEBUG = env.bool("DEBUG", default=False)
DEVELOPMENT_SECRET_KEY = "for-development-only-" + "x" * 40
SECRET_KEY = env.str("SECRET_KEY", default=DEVELOPMENT_SECRET_KEY if DEBUG else "")

LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=LOOPBACK_HOSTS)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
TRUSTED_PROXIES = env.list("GATERHUB_TRUSTED_PROXIES", default=[])
"""Networks whose X-Forwarded-For and X-Forwarded-Proto the hub believes; none unless told."""

if not DEBUG:
    if SECRET_KEY in ("", DEVELOPMENT_SECRET_KEY):
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Put a random one into the environment or into .env; `make setup` writes one."
        )
    if "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS=* believes any Host header. Name the hub's own host names, separated by commas."
        )

for network in TRUSTED_PROXIES:
    try:
        ip_network(network)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"GATERHUB_TRUSTED_PROXIES names {network!r}, which is no network such as 10.0.0.0/8: {error}."
        ) from error

# --- Where things are kept -------------------------------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'gaterhub.sqlite3'}")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    # WAL lets pages read while a token's last use is written, and IMMEDIATE makes a writer wait its turn instead of
    # failing halfway through its transaction.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 5,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # Under ASGI a connection belongs to no thread for long, so the pool keeps them instead of CONN_MAX_AGE.
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["OPTIONS"] = {"pool": {"timeout": 2}, "connect_timeout": 2}

_SQLITE = "django.db.backends.sqlite3"
_POSTGRESQL = "django.db.backends.postgresql"
JOURNAL_DATABASE_URL = env.str("JOURNAL_DATABASE_URL", default="")
"""Where evidence and alerts are kept; empty: an SQLite file of its own, or DATABASE_URL's server."""
if JOURNAL_DATABASE_URL:
    DATABASES["journal"] = env.db_url_config(JOURNAL_DATABASE_URL)
elif DATABASES["default"]["ENGINE"] == _SQLITE:
    DATABASES["journal"] = {"ENGINE": _SQLITE, "NAME": str(DATA_DIR / "journal.sqlite3")}
else:
    DATABASES["journal"] = {**DATABASES["default"]}
_journal = DATABASES["journal"]
JOURNAL_SHARES_DATABASE = all(
    _journal.get(name) == DATABASES["default"].get(name) for name in ("ENGINE", "NAME", "HOST", "PORT")
)
"""Whether the journal's tables are in the same database as all others."""
if _journal["ENGINE"] == _SQLITE:
    Path(_journal["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    # FULL: a commit is on the disk before it is acknowledged.
    _journal["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 2,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
elif _journal["ENGINE"] == _POSTGRESQL:
    _journal["CONN_MAX_AGE"] = 0
    # No pool: the threads that append, number and read have a connection each, for as long as they live.
    _journal["OPTIONS"] = {"connect_timeout": 2, "options": "-c statement_timeout=2000"}
else:
    raise ImproperlyConfigured(
        f"The journal is kept by PostgreSQL or SQLite, and JOURNAL_DATABASE_URL names {_journal['ENGINE']}."
    )
if JOURNAL_SHARES_DATABASE and _journal["ENGINE"] == _SQLITE:
    # One file: what is true for the journal has to be true for whoever writes to it.
    DATABASES["default"]["OPTIONS"] = {**_journal["OPTIONS"]}
DATABASE_ROUTERS = ["instances.journal.router.JournalRouter"]

REDIS_URL = env.str("REDIS_URL", default="")
"""Redis for offsets and the channel layer; empty: one serving process, everything in its memory."""
if REDIS_URL and urlsplit(REDIS_URL).scheme not in ("redis", "rediss", "unix"):
    raise ImproperlyConfigured(
        "REDIS_URL starts with redis://, rediss:// or unix://, such as redis://127.0.0.1:6379/0."
    )

REDIS_TIMEOUT_SECONDS = 1.0
"""One command's answer: with two in a publish (count, broadcast), a hung Redis is told in two seconds."""

if REDIS_URL:
    _layer: dict[str, Any] = {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [
                {
                    "address": REDIS_URL,
                    "socket_connect_timeout": REDIS_TIMEOUT_SECONDS,
                    # The receiving connection polls with a time-out of its own; this one bounds the sending side.
                    "socket_timeout": 5.0,
                    "health_check_interval": 15,
                }
            ],
            "prefix": "gaterhub",
        },
    }
else:
    _layer = {
        "BACKEND": "channels.layers.InMemoryChannelLayer",
        # Its defaults lose messages past 100 and drop a quiet member after a day; the hub is the only member, drains
        # at once, and must still hear after a quiet month.
        "CONFIG": {"capacity": 100_000, "expiry": 10 * 365 * 86_400, "group_expiry": 10 * 365 * 86_400},
    }
CHANNEL_LAYERS = {"default": _layer, "evidence": {**_layer}}
"""Evidence and alerts have a layer of their own, so that a flood on the other never queues before them."""

# --- The application -------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "channels",
    "csp",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "chartkick.django",  # For its static files alone: Chart.js.
    "instances",
    "instances.access",
    "instances.journal",
    "consumers",
    "gaterhub",
    "django.contrib.staticfiles",  # Last: `runserver` is ours.
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "gaterhub.people.headers.PermissionsPolicy",
    "csp.middleware.CSPMiddleware",
    "gaterhub.compression.CompressedStaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "gaterhub.people.sessions.SlidingSession",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "gaterhub.acts.middleware.CurrentRequestMiddleware",
    "gaterhub.acts.attempted.DeniedRequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",  # The last, so that it sees first whether a log-in was locked out.
]

ROOT_URLCONF = "gaterhub.urls"
ASGI_APPLICATION = "gaterhub.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "gaterhub.pages.identity.identity",
                "gaterhub.pages.head.head",
            ]
        },
    }
]

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/accounts/login/"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "static/"
# Files are served from where they stand, so that no collectstatic is needed.
WHITENOISE_USE_FINDERS = True

# --- Security --------------------------------------------------------------------------------------------------------

HTTPS = env.bool("GATERHUB_HTTPS", default=not DEBUG and not set(ALLOWED_HOSTS) <= set(LOOPBACK_HOSTS))
"""Whether people reach the hub by https: by default wherever it answers to more than this machine's own names."""
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# Not "Strict": a link to a page, and the way back from single sign-on, come from other sites.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# With this prefix browsers take the cookie over https only, for this host and no other of its domain.
SESSION_COOKIE_NAME = "__Host-gaterhub-session" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-gaterhub-csrf" if HTTPS else "csrftoken"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "gaterhub.api.problem.csrf_failed"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

GATERHUB_ENCRYPTION_KEY = env.str("GATERHUB_ENCRYPTION_KEY", default="")
"""Seals signing secrets in the database: 32 bytes in base64; empty: a key derived from SECRET_KEY."""
GATERHUB_ENCRYPTION_KEYS_OLD = env.list("GATERHUB_ENCRYPTION_KEYS_OLD", default=[])
"""Keys that sealed before it, which still open."""
for name, keys in (
    ("GATERHUB_ENCRYPTION_KEY", [GATERHUB_ENCRYPTION_KEY] if GATERHUB_ENCRYPTION_KEY else []),
    ("GATERHUB_ENCRYPTION_KEYS_OLD", GATERHUB_ENCRYPTION_KEYS_OLD),
):
    for text in keys:
        try:
            key_of(text)
        except BadKey as error:
            raise ImproperlyConfigured(
                f"{name} is to be {KEY_BYTES} random bytes in base64, and {error}. "
                "`openssl rand -base64 32` makes a key."
            ) from None

# --- People ----------------------------------------------------------------------------------------------------------

LOGIN_ATTEMPTS = env.int("GATERHUB_LOGIN_ATTEMPTS", default=10)
"""Failed log-ins of one name from one address, after which it must wait; one address has five times as many."""
LOGIN_COOL_OFF_MINUTES = env.int("GATERHUB_LOGIN_COOL_OFF_MINUTES", default=15)
SESSION_HOURS = env.int("GATERHUB_SESSION_HOURS", default=24)
"""A session ends so long after its last request."""
for _name, _value in (
    ("GATERHUB_LOGIN_ATTEMPTS", LOGIN_ATTEMPTS),
    ("GATERHUB_LOGIN_COOL_OFF_MINUTES", LOGIN_COOL_OFF_MINUTES),
    ("GATERHUB_SESSION_HOURS", SESSION_HOURS),
):
    if _value < 1:
        raise ImproperlyConfigured(f"{_name} is {_value}; it has to be 1 or more.")

SSO = single_sign_on(
    issuer=env.str("GATERHUB_SSO_ISSUER", default=""),
    client_id=env.str("GATERHUB_SSO_CLIENT_ID", default=""),
    client_secret=env.str("GATERHUB_SSO_CLIENT_SECRET", default=""),
    client_secret_file=env.str("GATERHUB_SSO_CLIENT_SECRET_FILE", default=""),
    name=env.str("GATERHUB_SSO_NAME", default="single sign-on"),
    domains=env.list("GATERHUB_SSO_DOMAINS", default=[]),
    groups_claim=env.str("GATERHUB_SSO_GROUPS_CLAIM", default="groups"),
    roles=env.list("GATERHUB_SSO_ROLES", default=[]),
)
"""The OpenID Connect provider, which needs the extra `sso`; None: people log in with passwords alone."""
MFA = env.bool("GATERHUB_MFA", default=False)
"""Whether people may have a second factor, which needs the extra `sso`."""
STAFF_NEEDS_MFA = env.bool("GATERHUB_MFA_REQUIRED_FOR_STAFF", default=False)
if STAFF_NEEDS_MFA and not MFA:
    raise ImproperlyConfigured("GATERHUB_MFA_REQUIRED_FOR_STAFF needs GATERHUB_MFA=1.")
if SSO or MFA:
    require_installed()
    INSTALLED_APPS += apps(SSO, mfa=MFA)
    MIDDLEWARE.insert(-1, "allauth.account.middleware.AccountMiddleware")
    if STAFF_NEEDS_MFA:
        MIDDLEWARE.insert(-1, "gaterhub.sso.second_factor.StaffNeedsSecondFactor")
    if SSO:
        # The form of the log-in page leads there, and browsers ask the policy about each step of the way.
        CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"].append(origin_of(SSO.issuer))
    globals().update(allauth_settings(SSO, mfa=MFA))
    if REDIS_URL:
        # Which code was used already, and how many were tried, has to be known in every process.
        CACHES = {
            "default": {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                "LOCATION": REDIS_URL,
                "KEY_PREFIX": "gaterhub:people",
                "OPTIONS": {"socket_timeout": REDIS_TIMEOUT_SECONDS, "socket_connect_timeout": REDIS_TIMEOUT_SECONDS},
            }
        }

AXES_HANDLER = "gaterhub.people.guessing.Guessing"
AXES_FAILURE_LIMIT = LOGIN_ATTEMPTS
AXES_COOLOFF_TIME = timedelta(minutes=LOGIN_COOL_OFF_MINUTES)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_CLIENT_IP_CALLABLE = "gaterhub.people.guessing.counted_address"
AXES_LOCKOUT_CALLABLE = "gaterhub.people.guessing.locked_out"
AXES_RESET_ON_SUCCESS = True
# What is tried during a lock isn't counted: the lock would never end, and its row would grow with every request.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
# Log-ins are told to `security`; a table of its own would keep them for ever.
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False  # gaterhub/admin.py has a page of its own.
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken", "next"]

SESSION_COOKIE_AGE = SESSION_HOURS * 3_600

# --- Logs ------------------------------------------------------------------------------------------------------------

LOG_LEVEL = env.str("GATERHUB_LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "gaterhub.log_line.LogLine", "format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    # It has a line at INFO for each socket that opens and closes.
    "loggers": {
        "uvicorn.error": {"level": "WARNING"},
        "axes": {"level": "ERROR"},  # Failures and locks are told, and logged, as acts of the hub.
    },
}

# --- gaterhub --------------------------------------------------------------------------------------------------------

GATERHUB_NODE = NODE
"""This host's name in events and process names."""
GATERHUB_PUBLISHER = env.str("GATERHUB_PUBLISHER", default=f"{Path(sys.argv[0]).stem or 'python'}@{GATERHUB_NODE}")
"""Who this program's own events say they come from."""
GATERHUB_VERSION = env.str("GATERHUB_VERSION", default="0.1.0")
"""The publishing program's version, told in the metadata of its events."""
GATERHUB_URL = env.str("GATERHUB_URL", default="http://127.0.0.1:8000")
"""The hub that `publish`, `tail` and `agent` talk to."""
GATERHUB_TOKEN = env.str("GATERHUB_TOKEN", default="")
"""The token that they talk with."""
GATERHUB_SIGNING_SECRET = env.str("GATERHUB_SIGNING_SECRET", default="")
"""With what `publish --sign` and `agent` sign their events."""
GATERHUB_SESSION_CONNECTIONS = env.int("GATERHUB_SESSION_CONNECTIONS", default=10)
"""WebSocket connections that one person's session user may hold in one process."""
GATERHUB_TOKEN_CONNECTIONS = env.int("GATERHUB_TOKEN_CONNECTIONS", default=10_000)
"""WebSocket connections that one token may hold in one process."""
GATERHUB_ANONYMOUS_CONNECTIONS = env.int("GATERHUB_ANONYMOUS_CONNECTIONS", default=1_000)
"""WebSocket connections of one process that have not said yet who they are."""
GATERHUB_TOKEN_EVENTS_PER_SECOND = env.int("GATERHUB_TOKEN_EVENTS_PER_SECOND", default=0)
"""What a token without a figure of its own may publish to each instance; 0: any amount."""
GATERHUB_TOKEN_BYTES_PER_SECOND = env.int("GATERHUB_TOKEN_BYTES_PER_SECOND", default=0)
"""The same in bytes."""
GATERHUB_SESSION_EVENTS_PER_SECOND = env.int("GATERHUB_SESSION_EVENTS_PER_SECOND", default=100)
"""What a person may publish to each instance under a session; 0: any amount."""
GATERHUB_AGENT_CHECKS = env.str("GATERHUB_AGENT_CHECKS", default="")
"""Service checks of the host agent: `name=tcp://host:port` or `name=http://host:port/path`, separated by commas."""
GATERHUB_AGENT_LOG_FILES = env.list("GATERHUB_AGENT_LOG_FILES", default=[])
"""Log files that the host agent follows beside the journal; empty: the usual system logs, where there is none."""
GATERHUB_AGENT_COMMAND_LINES = env.bool("GATERHUB_AGENT_COMMAND_LINES", default=False)
"""Whether the host agent tells the arguments of processes that start; they may hold passwords."""
