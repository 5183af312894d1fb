"""What the admin's pages show of policies: findings, the preview of the next purge, and who changed what."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from instances import config
from instances.catalog import INSTANCES
from instances.models import RetentionPolicy, RetentionPolicyChange
from instances.retention.ages import roughly, said
from instances.retention.findings import Finding, findings
from instances.retention.policy import Policy
from instances.retention.preview import EvidenceDue, Preview, StreamDue, preview
from instances.retention.purging import PURGE_SECONDS

SHOWN_CHANGES: Final = 50
_AGES: Final = {"recent_seconds": "recent", "kept_seconds": "kept", "at_most_seconds": "at most"}
_WITHIN: Final = f"within {PURGE_SECONDS:g} seconds"


def found(policies: Sequence[Policy]) -> list[Finding]:
    """Return what is to be told of active policies, as the instances are set now."""
    return findings(policies, {spec.name: config.effective(spec.name).keep for spec in INSTANCES})


def conflicts(row: RetentionPolicy, all_found: Iterable[Finding]) -> str:
    """Return with which others a policy is in conflict; the sentences stand below the list."""
    its = [each for each in all_found if each.conflict and each.concerns(row.pk)]
    if not its:
        return "none"
    others = dict.fromkeys(policy.name for each in its for policy in each.policies if policy.id != row.pk)
    alone = ["by itself, see below"] if any(len(each.policies) == 1 for each in its) else []
    return ", ".join([*(f"with “{name}”" for name in others), *alone])


def due(about: Sequence[Policy], policies: Sequence[Policy]) -> dict[str, Any]:
    """Return what the next purge would remove of the streams of some policies, as rows of text."""
    counted = preview(about, policies)
    return {
        "streams": [_stream(row) for row in counted.streams],
        "total": _events(sum(row.due.events for row in counted.streams)),
        "evidence": [_evidence(row) for row in counted.evidence],
        "wanting": counted.wanting,
        "any": counted != Preview(),
    }


def _stream(row: StreamDue) -> dict[str, str]:
    due = row.due
    if row.oldest_seconds is None:
        oldest = when = "nothing is kept"
    else:
        oldest = roughly(row.oldest_seconds)
        when = _WITHIN if due.events else f"not before {roughly(row.due_in_seconds or 0)} from now"
    return {
        "stream": row.stream,
        "events": _events(due.events),
        "bytes": "not known: Redis keeps them in pieces" if due.bytes is None else f"{due.bytes:,} bytes",
        "oldest": oldest,
        "when": when,
        "keep": said(int(row.keep.seconds)),
        "by": ", ".join(f"“{policy.name}”" for policy in row.policies) or "the instance's own figure",
    }


def _evidence(row: EvidenceDue) -> dict[str, str]:
    if row.overdue is None:
        entries = "not known: the journal's database did not answer in time"
    else:
        entries = f"{'more than ' if row.overdue.more else ''}{row.overdue.entries:,}"
    return {
        "name": row.policy.name,
        "what": f"{row.policy.pattern} of {row.policy.spec.name}",
        "entries": entries,
        "age": said(row.policy.at_most_seconds or 0),
    }


def _events(count: int) -> str:
    return f"{count:,} event{'' if count == 1 else 's'}"


def changes(rows: Iterable[RetentionPolicyChange]) -> list[dict[str, Any]]:
    """Return changes as rows of text."""
    return [
        {
            "at": change.at,
            "by": change.by,
            "name": change.name,
            "what": _what(change.before, change.after),
            "because": change.because,
        }
        for change in rows
    ]


def _what(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[str]:
    if after is None:
        return [
            "Deleted. It stated:",
            *(f"{_title(name)}: {_value(name, held)}" for name, held in (before or {}).items()),
        ]
    if before is None:
        return ["Added:", *(f"{_title(name)}: {_value(name, value)}" for name, value in after.items())]
    return [f"{_title(name)}: {_value(name, before[name])} → {_value(name, value)}" for name, value in after.items()]


def _title(name: str) -> str:
    return _AGES.get(name, name)


def _value(name: str, value: Any) -> str:
    if name in _AGES:
        return "not stated" if value is None else said(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "empty"


def age(row: RetentionPolicy, name: str) -> str:
    """Return an age that a row states, in words."""
    value = getattr(row, name)
    return "not stated" if value is None else said(value)
