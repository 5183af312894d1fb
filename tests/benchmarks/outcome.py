"""Judges what became of a subscriber that never read: did it get what its delivery class declares?"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from instances.spec import Overflow
from tests.benchmarks.ledger import FIRST_SEQUENCE

SLOW_CONSUMER = 4008


@dataclass(frozen=True)
class Sleep:
    """What a sleeper found when it woke.

    `closed_with` is None while it is connected and 0 when it was cut off; `published` counts the events since
    it subscribed, the last of which has the sequence number `last_sequence`.
    """

    lines: Sequence[bytes]
    closed_with: int | None
    published: int
    last_sequence: int


@dataclass(frozen=True)
class Verdict:
    """Whether the class's declared outcome was seen, and in words what was."""

    as_declared: bool
    text: str


def judge(overflow: Overflow, sleep: Sleep) -> Verdict:
    """Judge a sleep by the policy that its class declares."""
    if overflow is Overflow.CLOSE:
        return _judge_closed(sleep)
    return _judge_open(sleep, tells_each_loss=overflow is not Overflow.CONFLATE)


def _judge_closed(sleep: Sleep) -> Verdict:
    if sleep.closed_with is None:
        return Verdict(False, "still connected, though its class closes")
    if sleep.closed_with == 0:
        # A peer that reads nothing can't be told; the server may only cut it off.
        return Verdict(True, "cut off without a close frame")
    return Verdict(sleep.closed_with == SLOW_CONSUMER, f"closed with {sleep.closed_with}")


def _judge_open(sleep: Sleep, *, tells_each_loss: bool) -> Verdict:
    """Judge a connection that had to survive: each event received, told lost or replaced; then live again."""
    if sleep.closed_with is not None:
        return Verdict(False, f"closed with {sleep.closed_with}, though its class keeps the connection")
    received: list[dict[str, Any]] = []
    told: set[int] = set()
    conflated = 0
    for line in sleep.lines:
        frame = json.loads(line)
        if "event" in frame:
            received.append(frame["event"])
        elif "gap" in frame:
            told.update(range(frame["gap"]["from"], (frame["gap"]["to"] or frame["gap"]["from"]) + 1))
        elif "positions" in frame:
            conflated += frame.get("conflated", 0)
    offsets = [event["offset"] for event in received]
    if offsets != sorted(set(offsets)):
        return Verdict(False, "got events twice or out of order")
    if not received or len(offsets) == sleep.published:
        return Verdict(False, f"got {len(offsets)} of {sleep.published} events: nothing was withheld from it")
    if received[-1]["data"]["n"] != FIRST_SEQUENCE + sleep.last_sequence:
        return Verdict(False, "never came live again")
    first = offsets[-1] - sleep.published + 1
    unsaid = set(range(first, offsets[-1] + 1)) - set(offsets) - told
    counted = f"{len(offsets)} received, {len(told)} told lost, {conflated} conflated of {sleep.published}"
    if tells_each_loss:
        return Verdict(not unsaid, counted if not unsaid else f"{len(unsaid)} lost without a word; {counted}")
    # All events here have one topic and one type, so the newest, which was received, replaces every older one.
    return Verdict(True, counted)
