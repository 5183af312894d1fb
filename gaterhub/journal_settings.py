"""Settings of the journal: its logs' name, the keys that sign for them, who keeps checkpoints, and the spool."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from gaterhub.environment import DATA_DIR, NODE, env
from instances.access.sealing import KEY_BYTES, BadKey, key_of
from instances.journal.notes import BadNote, VerifierKey, check_name

__all__ = [
    "GATERHUB_JOURNAL_ANCHORS",
    "GATERHUB_JOURNAL_ANCHOR_TOKEN",
    "GATERHUB_JOURNAL_KEY",
    "GATERHUB_JOURNAL_KEYS_OLD",
    "GATERHUB_JOURNAL_KEY_FILE",
    "GATERHUB_JOURNAL_ORIGIN",
    "GATERHUB_JOURNAL_STATE_DIR",
    "GATERHUB_JOURNAL_WITNESS_KEYS",
    "GATERHUB_WITNESS_LOGS",
    "SPOOL_DIR",
    "SPOOL_IS_ENOUGH",
    "SPOOL_MAX_BYTES",
]

GATERHUB_JOURNAL_ORIGIN = env.str("GATERHUB_JOURNAL_ORIGIN", default=f"gaterhub.{NODE}")
"""The first part of the names of this hub's logs, the same on every host of it: `<origin>/audit`."""
GATERHUB_JOURNAL_KEY = env.str("GATERHUB_JOURNAL_KEY", default="")
"""Signs receipts and checkpoints of the journal: an Ed25519 seed, 32 bytes in base64; empty: from a file."""
GATERHUB_JOURNAL_KEY_FILE = env.str("GATERHUB_JOURNAL_KEY_FILE", default="")
"""The file that holds it; empty: `journal.key` in GATERHUB_DATA_DIR, made on first use."""
GATERHUB_JOURNAL_KEYS_OLD = env.list("GATERHUB_JOURNAL_KEYS_OLD", default=[])
"""Keys that signed before it, and go on signing checkpoints beside it while others learn the new one."""
GATERHUB_JOURNAL_STATE_DIR = env.str("GATERHUB_JOURNAL_STATE_DIR", default=str(DATA_DIR / "journal-state"))
"""Where the signer remembers, outside the database, what it signed last."""
GATERHUB_JOURNAL_ANCHORS = env.list("GATERHUB_JOURNAL_ANCHORS", default=[])
"""Who keeps checkpoints outside: `dir:/path`, `https://…`, `witness:https://…`."""
GATERHUB_JOURNAL_ANCHOR_TOKEN = env.str("GATERHUB_JOURNAL_ANCHOR_TOKEN", default="")
"""The bearer token that webhooks among them get."""
GATERHUB_JOURNAL_WITNESS_KEYS = env.list("GATERHUB_JOURNAL_WITNESS_KEYS", default=[])
"""Verifier keys of the witnesses among them."""
GATERHUB_WITNESS_LOGS = env.list("GATERHUB_WITNESS_LOGS", default=[])
"""Verifier keys of other hubs' logs that this hub witnesses."""

try:
    check_name(GATERHUB_JOURNAL_ORIGIN)
except BadNote as error:
    raise ImproperlyConfigured(
        f"GATERHUB_JOURNAL_ORIGIN is to name the hub's logs, such as hub.example: {error}"
    ) from None

for _name, _keys in (
    ("GATERHUB_JOURNAL_KEY", [GATERHUB_JOURNAL_KEY] if GATERHUB_JOURNAL_KEY else []),
    ("GATERHUB_JOURNAL_KEYS_OLD", GATERHUB_JOURNAL_KEYS_OLD),
):
    for _key in _keys:
        try:
            key_of(_key)
        except BadKey as error:
            raise ImproperlyConfigured(
                f"{_name} is to be {KEY_BYTES} random bytes in base64, and {error}. "
                "`openssl rand -base64 32` makes a key."
            ) from None

for _name, _keys in (
    ("GATERHUB_JOURNAL_WITNESS_KEYS", GATERHUB_JOURNAL_WITNESS_KEYS),
    ("GATERHUB_WITNESS_LOGS", GATERHUB_WITNESS_LOGS),
):
    for _key in _keys:
        try:
            VerifierKey.parse(_key)
        except BadNote as error:
            raise ImproperlyConfigured(f"{_name} is to hold verifier keys such as name+id+key: {error}") from None

SPOOL_DIR = Path(env.str("GATERHUB_SPOOL_DIR", default=str(DATA_DIR / "spool")))
"""Where evidence and alerts wait while the journal's database is out: on a local disk, for this host alone."""
SPOOL_MAX_BYTES = env.int("GATERHUB_SPOOL_MAX_BYTES", default=256 * 1024 * 1024)
"""How much may wait there, of one process."""
if SPOOL_MAX_BYTES < 1024 * 1024:
    raise ImproperlyConfigured(
        f"GATERHUB_SPOOL_MAX_BYTES is {SPOOL_MAX_BYTES}; it has to be 1048576 (1 MiB) or more: less takes no event."
    )
SPOOL_IS_ENOUGH = env.bool("GATERHUB_SPOOL_IS_ENOUGH", default=True)
"""Whether an act that must not happen unrecorded may go on once its entry is in the spool."""
