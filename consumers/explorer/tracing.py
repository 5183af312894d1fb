"""Traces of the whole hub: begun and ended on record in `audit`, and read from all processes as one."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from consumers.explorer.asking import LINGER_SECONDS
from consumers.inspector.acting import Operator, reason_of
from consumers.inspector.asking import ask_all
from instances.access.rights import READING, Rights
from instances.catalog import NAMES, find
from instances.error_codes import Refusal
from instances.event import now_ms
from instances.explorer.traced import TRACE_SECONDS, TRACES_MAX, Record, TraceAsked, Traced, TraceTold
from instances.explorer.traces import LIST, LOOK, START, STOP, encode
from instances.models import NAME_CHARACTERS
from instances.publishing.required import audit_required
from instances.schemas import audit
from instances.topics import WILDCARD, Pattern, quoted

PERMISSION: Final = "consumers.trace_events"

_told: Final = msgspec.json.Decoder(TraceTold).decode
_listed: Final = msgspec.json.Decoder(list[TraceTold]).decode


@dataclass(frozen=True, slots=True)
class TraceRead:
    """A trace, and what its readers may know of it."""

    traced: Traced
    running: bool
    records: list[Record]
    """The newest, in order of time."""
    more: int
    """How many there were before these."""
    processes: int
    silent: tuple[str, ...]


class NoTrace(Refusal):
    def __init__(self, id: str) -> None:
        super().__init__("not_found", f"No process that answers has a trace {quoted(id)}; it may be long over.")


def start_trace(
    *,
    rights: Rights,
    by: Operator,
    because: str,
    instance: str | None = None,
    pattern: str | None = None,
    publisher: str | None = None,
    seconds: int = TRACE_SECONDS,
) -> Traced:
    """Follow a pattern of an instance, or a publisher, in every process. Raises: Refusal, NotRecorded."""
    because = reason_of(because)
    if not 1 <= seconds <= TRACE_SECONDS:
        raise Refusal("bad_request", f"`seconds` is a number from 1 to {TRACE_SECONDS}.")
    if (pattern is None) == (publisher is None):
        raise Refusal("bad_request", "A trace follows either a `pattern` of an `instance`, or a `publisher`.")
    if publisher is not None and not (0 < len(publisher) <= NAME_CHARACTERS and publisher.isprintable()):
        raise Refusal("bad_request", f"`publisher` is a name of 1 to {NAME_CHARACTERS} printable characters.")
    if pattern is not None and instance is None:
        raise Refusal("bad_request", "A `pattern` is one of an `instance`; name it too.")
    named = None if instance is None else find(instance).name
    read = Pattern(WILDCARD if pattern is None else pattern)
    if pattern is not None and not any(rights.covers(verb, named or "", read) for verb in READING):
        raise Refusal("forbidden", f"Reading all of {quoted(read.text)} of {named} is not granted to you.")
    within = {name: reach for name in NAMES if named in (None, name) and (reach := rights.reach(READING, name))}
    if not within:
        raise Refusal("forbidden", "Reading anything of it is not granted to you; ask an operator.")
    if sum(each.running for each in list_traces()) >= TRACES_MAX:
        raise Refusal("limit_exceeded", f"{TRACES_MAX} traces run already; stop one, or wait until one is over.")
    traced = Traced(
        id=f"t_{secrets.token_hex(6)}",
        within=within,
        pattern=read.text,
        publisher=publisher,
        seconds=seconds,
        started_ms=now_ms(),
        by=f"{by.kind}:{by.name}",
        reason=because,
    )
    said = {**by.said, "action": "start_trace", **_what(traced, named), "seconds": seconds, "reason": because}
    with audit_required(audit.trace_started.topic, audit.trace_started.name, data=said):
        ask_all(START, encode(traced), linger_seconds=LINGER_SECONDS)
    return traced


def stop_trace(id: str, *, by: Operator, because: str) -> None:
    """End a trace before its time, in every process. Raises: Refusal, NotRecorded."""
    because = reason_of(because)
    found = next((each.traced for each in list_traces() if each.traced.id == id and each.running), None)
    if found is None:
        raise NoTrace(id)
    named = next(iter(found.within)) if len(found.within) == 1 else None
    said = {**by.said, "action": "stop_trace", **_what(found, named), "reason": because}
    with audit_required(audit.trace_stopped.topic, audit.trace_stopped.name, data=said):
        ask_all(STOP, id.encode(), linger_seconds=LINGER_SECONDS)


def list_traces() -> list[TraceTold]:
    """Return the traces that run and those that are over, the newest first, without records. Raises: Refusal."""
    found: dict[str, TraceTold] = {}
    for each in ask_all(LIST, b"").by_process.values():
        for told in _listed(each):
            known = found.get(told.traced.id)
            if known is None or (told.running and not known.running):
                found[told.traced.id] = told
    return sorted(found.values(), key=lambda told: -told.traced.started_ms)


def read_trace(id: str, *, rights: Rights, limit: int) -> TraceRead:
    """Return the newest records of a trace that these rights may read. Raises: Refusal."""
    answers = ask_all(LOOK, encode(TraceAsked(id=id, limit=limit)), linger_seconds=LINGER_SECONDS)
    told = [_told(each) for each in answers.by_process.values()]
    if not told:
        raise NoTrace(id)
    records = sorted((record for each in told for record in each.records), key=lambda record: record.at_ms)
    kept = records[-limit:]
    return TraceRead(
        traced=told[0].traced,
        running=any(each.running for each in told),
        records=[record for record in kept if _may_read(rights, record)],
        more=sum(each.seen for each in told) - len(kept),
        processes=len(told),
        silent=answers.silent,
    )


def _may_read(rights: Rights, record: Record) -> bool:
    """Tell whether the reader, who need not be whoever started it, may know of it now."""
    if record.topic is None:
        return bool(rights.reach(READING, record.instance))
    return any(rights.allows(verb, record.instance, record.topic) for verb in READING)


def _what(traced: Traced, instance: str | None) -> Mapping[str, Any]:
    what = {"resource": f"trace:{traced.id}", "pattern": traced.pattern}
    if instance is not None:
        what["instance"] = instance
    if traced.publisher is not None:
        what["traced_publisher"] = traced.publisher
    return what
