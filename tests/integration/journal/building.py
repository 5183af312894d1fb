"""Journals as the hub makes them, and checkpoints signed by whom a test names."""

import json
from collections.abc import Sequence
from typing import Any, Final

from instances.catalog import find
from instances.event import prepare
from instances.journal import keys, notes
from instances.journal.append import append
from instances.journal.draft import Draft, draft_of
from instances.journal.merkle import Frontier
from instances.journal.models import Checkpoint, JournalHead, entry_model
from instances.journal.numbering import number
from instances.journal.router import ALIAS
from instances.spec import InstanceSpec

AUDIT: Final = find("audit")
STRANGER: Final = keys.SigningKey.of(b"t" * 32)
"""A key that is none of the hub's."""


def action(at: int, **event: Any) -> dict[str, Any]:
    """Return an event of `audit`; every third is of another stream, and of a type that nobody registered."""
    usual = {
        "topic": "audit_trail:user_actions",
        "event_type": "user_action",
        "data": {"user_id": f"user-{at % 7}", "action": "delete_subscription", "resource": f"subscription_{at}"},
        "metadata": {"store_id": "production_store", "ip_address": "203.0.113.7", "session_id": "sess_abc123"},
    }
    odd = {
        "topic": "compliance_events:gdpr",
        "event_type": "reviewed",
        "data": {"actor": "auditor", "outcome": "success", "severity": "high", "ratio": 1.5e300, "note": "Zoë"},
    }
    return (odd if at % 3 == 2 else usual) | event


def draft(event: dict[str, Any], *, spec: InstanceSpec = AUDIT, address: str | None = None) -> Draft:
    text = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
    return draft_of(spec, prepare(spec, text, publisher_json=b'"orders"'), address=address)


def build(count: int, *, spec: InstanceSpec = AUDIT, events: Sequence[dict[str, Any]] | None = None) -> None:
    """Add entries to a journal, and have them numbered."""
    drafts = [draft(event, spec=spec) for event in (events or [action(at) for at in range(count)])]
    append([drafts], spec)
    while number(spec) is not None:
        pass


def head_of(instance: str = "audit") -> JournalHead:
    return JournalHead.objects.get(instance=instance)


def checkpoint_note(instance: str = "audit", *, key: keys.SigningKey | None = None) -> str:
    """Return a checkpoint of the journal as it is, signed by the hub unless a key is given."""
    head = head_of(instance)
    origin = keys.log_origin(instance, head.generation)
    root = Frontier.from_bytes(head.size, bytes(head.frontier)).root
    text = notes.checkpoint_text(origin, head.size, root, ["time=2026-01-02T03:04:05Z"])
    return notes.sign(text, origin, key or keys.signing_key())


def sign(instance: str = "audit", *, key: keys.SigningKey | None = None, at_ms: int = 1_767_323_045_000) -> Checkpoint:
    """Keep a checkpoint of the journal as it is."""
    note = checkpoint_note(instance, key=key)
    said = notes.parse_checkpoint(notes.parse(note).text)
    return Checkpoint.objects.using(ALIAS).create(
        instance=instance,
        generation=head_of(instance).generation,
        size=said.size,
        root=said.root,
        note=note,
        signed_ms=at_ms,
    )


def table(instance: str = "audit") -> str:
    return entry_model(instance)._meta.db_table
