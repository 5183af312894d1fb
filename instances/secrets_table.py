"""What secrets look like, as data: one row for each form, and the names of keys whose values are secret.

Every pattern takes time in proportion to the text, whatever the text is: what repeats without a bound always ends in
a match, and whatever may fail is bounded.
"""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_DIGIT: Final = re.compile(r"\d")
_EMPTY_WORDS: Final = frozenset({"null", "none", "nil", "true", "false", "undefined", "[scrubbed]"})


def _says_something(text: str) -> bool:
    return text.strip("\"'\\").lower() not in _EMPTY_WORDS


def _is_bearer(text: str) -> bool:
    """A token has digits or is long; `bearer authentication` is prose."""
    return _DIGIT.search(text) is not None or len(text) >= 24


def _is_basic(text: str) -> bool:
    """Tell whether it is base64 with a colon within (RFC 7617); `basic authentication` is prose."""
    try:
        return b":" in base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        return False


def passes_luhn(text: str) -> bool:
    """Tell whether the digits have the check sum of payment cards (ISO/IEC 7812-1, annex B)."""
    digits = [int(each) for each in text if "0" <= each <= "9"]
    doubled = [2 * each - 9 * (each > 4) for each in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


@dataclass(frozen=True, slots=True)
class Secret:
    """One form of secret."""

    name: str
    hints: tuple[str, ...]
    """In small letters: a text that holds none of them needs no closer look."""
    pattern: re.Pattern[str]
    """Its group `secret` is what is taken out; without one, all of it."""
    confirm: Callable[[str], bool] | None = None
    """Whether what was found is a secret after all."""
    long: bool = False
    """Whether it always holds LONG_RUN characters in a row."""


_KEYWORDS: Final = (
    r"(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key"
    r"|signing[_-]?key|encryption[_-]?key|account[_-]?key|credentials?|authorization)"
)
# Quoted, quoted within JSON within JSON, or bare. A value that is never closed ends with the text.
_VALUE: Final = (
    r"(?P<secret>\\{1,8}\"(?:(?!\\{1,8}\")[\s\S])*|\"(?:[^\"\\]|\\[\s\S])*|'[^']*"
    r"|(?:(?:bearer|basic|digest|token)[ +])?[^\s,;&\"'<>]+)"
)
_NOT_AFTER: Final = r"(?<![A-Za-z0-9_-])"

SECRETS: Final[tuple[Secret, ...]] = (
    Secret(
        "private key",
        ("private key",),
        re.compile(
            r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,60}-----|\Z)"
        ),
    ),
    Secret("gaterhub token", ("gh_",), re.compile(r"gh_[a-z0-9]{8}_[A-Za-z0-9]{20,}"), long=True),
    Secret("gaterhub signing secret", ("ghs_",), re.compile(r"ghs_[A-Za-z0-9]{20,}"), long=True),
    Secret("GitHub token", ("ghp_", "gho_", "ghu_", "ghr_"), re.compile(r"gh[pour]_[A-Za-z0-9]{30,}"), long=True),
    Secret("GitHub fine-grained token", ("github_pat_",), re.compile(r"github_pat_[A-Za-z0-9_]{20,}"), long=True),
    Secret(
        "AWS access key id",
        ("akia", "asia"),
        re.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
        long=True,
    ),
    Secret("Slack token", ("xox", "xapp-"), re.compile(r"(?:xox[a-z]|xapp)-[A-Za-z0-9-]{13,}"), long=True),
    Secret(
        "Slack webhook",
        ("hooks.slack.com",),
        re.compile(r"hooks\.slack\.com/(?P<secret>[A-Za-z0-9/_-]{20,})"),
        long=True,
    ),
    Secret("Stripe key", ("_live_", "_test_"), re.compile(r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}"), long=True),
    Secret("webhook secret", ("whsec_",), re.compile(r"whsec_[A-Za-z0-9+/=]{16,}"), long=True),
    Secret("Google API key", ("aiza",), re.compile(r"AIza[A-Za-z0-9_-]{35}"), long=True),
    Secret("Google access token", ("ya29.",), re.compile(r"ya29\.[A-Za-z0-9_-]{20,}"), long=True),
    Secret("Google client secret", ("gocspx-",), re.compile(r"GOCSPX-[A-Za-z0-9_-]{20,}"), long=True),
    Secret("Google refresh token", ("1//0",), re.compile(r"1//0[A-Za-z0-9_-]{20,}"), long=True),
    # RFC 7519. Not within a word, or a long row of "eyJ" would be looked through from each of them.
    Secret(
        "JSON Web Token",
        ("eyj",),
        re.compile(_NOT_AFTER + r"eyJ[A-Za-z0-9_-]{15,}(?:\.[A-Za-z0-9_-]*){1,4}"),
        long=True,
    ),
    # A name may be missing (`redis://:secret@host`); the last `@` before a slash ends the password.
    Secret("password in a URL", ("://",), re.compile(r"://[^\s/:@\"'<>]{0,256}:(?P<secret>[^\s/\"'<>]{1,256})@")),
    Secret(
        "Basic credentials", ("basic",), re.compile(r"(?i:\bbasic)[ +](?P<secret>[A-Za-z0-9+/]{4,}={0,2})"), _is_basic
    ),
    Secret("bearer token", ("bearer",), re.compile(r"(?i:\bbearer)[ +](?P<secret>[A-Za-z0-9._~+/=-]{8,})"), _is_bearer),
    Secret(
        "cookies",
        ("cookie",),
        re.compile(r"(?i:cookie)[\"']?\s{0,8}[:=]\s{0,8}(?P<secret>[^\r\n]+)"),
    ),
    Secret(
        "value of a secret's name",
        ("pass", "pwd", "secret", "token", "key", "credential", "authorization"),
        re.compile(rf"(?i){_KEYWORDS}(?:\\{{0,8}}[\"'])?\s{{0,8}}(?:=>|[:=]){{1,2}}\s{{0,8}}{_VALUE}"),
        _says_something,
    ),
    Secret(
        "secret option of a command",
        ("--",),
        re.compile(rf"(?i)(?<![-A-Za-z0-9])--[a-z-]{{0,30}}{_KEYWORDS}[\s\0]{{1,8}}(?P<secret>[^\s\0]+)"),
        _says_something,
    ),
)

CARD: Final = Secret(
    "payment card",
    (),
    # By issuer and length (ISO/IEC 7812-1): a count of milliseconds or bytes is hardly ever taken for one.
    re.compile(
        r"(?<![0-9A-Za-z_.])(?:"
        r"(?:4\d{3}|5[1-5]\d{2}|2[2-7]\d{2}|6(?:011|5\d{2}|4[4-9]\d)|35\d{2})(?P<a>[ -]?)\d{4}(?P=a)\d{4}(?P=a)\d{4}"
        r"|3[47]\d{2}(?P<b>[ -]?)\d{6}(?P=b)\d{5}"
        r"|3(?:0[0-5]|[68]\d)\d(?P<c>[ -]?)\d{6}(?P=c)\d{4}"
        r")(?![0-9A-Za-z_])"
    ),
    passes_luhn,
)
CARD_LEAST_DIGITS: Final = 14

SECRET_KEYS: Final = (
    "password", "passwd", "pwd", "passphrase", "passcode", "secret", "token", "apikey", "accesskey", "secretkey",
    "accesskeyid", "privatekey", "signingkey", "encryptionkey", "accountkey", "credential", "credentials",
    "authorization", "cookie", "cookies",
)  # fmt: skip
"""How the name of a key whose value is secret ends, in small letters and without `_`, `-`, `.` and spaces."""

KEY_HINTS: Final = ("pass", "pwd", "secret", "token", "key", "credential", "authorization", "cookie")
"""One of them is in every name that ends so."""

LONG_RUN: Final = 18
"""Secrets of the forms that are known by a prefix hold so many letters, digits, `_` and `-` in a row, at the least."""
