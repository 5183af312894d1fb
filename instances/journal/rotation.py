"""Another key for the journal: announced in the log, and signed by the key before it, so that readers can follow."""

import base64
import binascii
import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Thread
from typing import Any, Final

from django.conf import settings
from django.db import close_old_connections

from instances.journal import notes
from instances.journal.keys import SigningKey
from instances.journal.models import Checkpoint, entry_model
from instances.journal.router import ALIAS
from instances.publishing.typed import publish_event
from instances.schemas.audit import journal_key_rotated
from instances.schemas.typed_event import TypedEvent

logger = logging.getLogger(__name__)

FORM: Final = "gaterhub-key/v1"
ANNOUNCE_WITHIN_SECONDS: Final = 30.0
"""So long checkpoints wait for the entry; after that they go on without, because a log that stands still hides more."""
AGAIN_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Rotated:
    """A change of keys as the log tells it, proven by the signatures of both."""

    old: bytes
    new: bytes
    index: int
    at_ms: int


def rotation_text(old: bytes, new: bytes) -> bytes:
    """Return what both keys sign: that the new one stands in the old one's place."""
    lines = (FORM, settings.GATERHUB_JOURNAL_ORIGIN, _encoded(old), _encoded(new))
    return "".join(f"{line}\n" for line in lines).encode()


def announcement(new: SigningKey, old: SigningKey | None) -> TypedEvent:
    """Return the event that tells of a new key."""
    return journal_key_rotated(
        action="rotate_journal_key",
        resource=settings.GATERHUB_JOURNAL_ORIGIN,
        new_public=_encoded(new.public),
        old_public=None if old is None else _encoded(old.public),
        proof=None if old is None else _encoded(_proof(new, old)),
        outcome="success",
    )


def _proof(new: SigningKey, old: SigningKey) -> bytes:
    """Return the old key's signature and the new one's."""
    text = rotation_text(old.public, new.public)
    return old.sign(text) + new.sign(text)


def announced() -> list[Rotated]:
    """Return the changes of keys that the log tells and both keys have signed, in order. Raises what the database does.

    Whoever may publish can write such an entry, also one that makes a key of their own the one before: what isn't
    signed by both is passed over.
    """
    entries = entry_model(journal_key_rotated.instance)._base_manager.using(ALIAS)
    rows = (
        entries.filter(event_type=journal_key_rotated.name, index__isnull=False)
        .order_by("index")
        .values_list("index", "received_ms", "body")
    )
    return [found for row in rows.iterator() if (found := _rotated(*row)) is not None]


def known_keys(current: bytes) -> list[bytes]:
    """Return the public key that signs now, and those before it so far as the log proves them, the latest first."""
    before = {change.new: change.old for change in announced()}
    keys = [current]
    while (old := before.pop(keys[-1], None)) is not None and old not in keys:
        keys.append(old)
    return keys


def _rotated(index: int | None, received_ms: int, body: bytes | memoryview) -> Rotated | None:
    try:
        data: dict[str, Any] = json.loads(bytes(body))["data"]
        old, new, proof = (base64.b64decode(data[name]) for name in ("old_public", "new_public", "proof"))
    except (ValueError, KeyError, TypeError, binascii.Error):
        return None
    text = rotation_text(old, new)
    by_old, by_new = proof[: notes.SIGNATURE_BYTES], proof[notes.SIGNATURE_BYTES :]
    if index is None or not (notes.verified(old, by_old, text) and notes.verified(new, by_new, text)):
        return None
    return Rotated(old, new, index, received_ms)


class Announcer:
    """Sees that a key which hasn't signed yet is announced before it does.

    `publish` publishes an event and returns whether it was accepted; by default as `publish_event` does.
    """

    def __init__(
        self,
        *,
        publish: Callable[[TypedEvent], bool] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._publish = publish or _publish
        self._clock = clock
        self._settled = b""
        self._since: float | None = None
        self._tried_at = float("-inf")
        self._accepted = False
        self._thread: Thread | None = None

    def is_settled(self, key: SigningKey, old: Sequence[SigningKey]) -> bool:
        """Tell whether the key may sign: it did before, or is announced, or can't be for too long.

        Publishing is left to a thread, because it may wait. Raises what the database raises.
        """
        if key.public == self._settled:
            return True
        if self._since is None:
            note = _last_note()
            if note is None or _signed(note, key):
                return self._settle(key)
            self._since, self._accepted = self._clock(), False
        if self._accepted:
            logger.warning("The journal's key is another from now on: %s.", key.public.hex()[:8])
            return self._settle(key)
        now = self._clock()
        if now - self._since >= ANNOUNCE_WITHIN_SECONDS:
            logger.error("The new key of the journal could not be announced in the log; it signs all the same.")
            return self._settle(key)
        if (self._thread is None or not self._thread.is_alive()) and now - self._tried_at >= AGAIN_SECONDS:
            note = _last_note()
            before = next((each for each in old if note is not None and _signed(note, each)), None)
            event = announcement(key, before)
            self._tried_at = now
            self._thread = Thread(target=self._announce, args=[event], name="journal-key", daemon=True)
            self._thread.start()
        return False

    def join(self) -> None:
        """Wait for what is being published."""
        if self._thread is not None:
            self._thread.join()

    def _settle(self, key: SigningKey) -> bool:
        self._settled, self._since = key.public, None
        return True

    def _announce(self, event: TypedEvent) -> None:
        try:
            self._accepted = self._publish(event)
        finally:
            close_old_connections()


def _publish(event: TypedEvent) -> bool:
    return publish_event(event).accepted


def _last_note() -> notes.Note | None:
    """Return the checkpoint that was signed last, of any log."""
    row = Checkpoint.objects.using(ALIAS).order_by("-id").first()
    return None if row is None else notes.parse(row.note)


def _signed(note: notes.Note, key: SigningKey) -> bool:
    name = notes.parse_checkpoint(note.text).origin
    return notes.verify(note, notes.VerifierKey(name, notes.ED25519, key.public))


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
