"""Settings of the site, from the environment and a `.env` file where there is one; docs/settings.md lists them all."""

import os
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from gaterhub.api.conf import REST_FRAMEWORK as REST_FRAMEWORK
from gaterhub.api.conf import SPECTACULAR_SETTINGS as SPECTACULAR_SETTINGS

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
ENV_FILE = os.environ.get("GATERHUB_ENV_FILE", str(BASE_DIR / ".env"))
if ENV_FILE and Path(ENV_FILE).is_file():
    env.read_env(ENV_FILE)

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

DATA_DIR = Path(env.str("GATERHUB_DATA_DIR", default=str(BASE_DIR / "var")))
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
    "daphne",  # Before staticfiles: it takes over `runserver`.
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "chartkick.django",  # For its static files alone: Chart.js.
    "instances",
    "instances.access",
    "consumers",
    "gaterhub",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "gaterhub.compression.CompressedStaticFiles",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "gaterhub.acts.middleware.CurrentRequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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
            ]
        },
    }
]

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
SESSION_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
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

# --- Logs ------------------------------------------------------------------------------------------------------------

LOG_LEVEL = env.str("GATERHUB_LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    # It has a line at INFO for each socket that opens and closes.
    "loggers": {"uvicorn.error": {"level": "WARNING"}},
}

# --- gaterhub --------------------------------------------------------------------------------------------------------

GATERHUB_NODE = env.str("GATERHUB_NODE", default=os.uname().nodename)
"""This host's name in events and process names."""
GATERHUB_PUBLISHER = env.str("GATERHUB_PUBLISHER", default=f"{Path(sys.argv[0]).stem or 'python'}@{GATERHUB_NODE}")
"""Who this program's own events say they come from."""
GATERHUB_VERSION = env.str("GATERHUB_VERSION", default="0.1.0")
"""The publishing program's version, told in the metadata of its events."""
GATERHUB_URL = env.str("GATERHUB_URL", default="http://127.0.0.1:8000")
"""The hub that `publish`, `tail` and `agent` talk to."""
GATERHUB_TOKEN = env.str("GATERHUB_TOKEN", default="")
"""The token that they talk with."""
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
