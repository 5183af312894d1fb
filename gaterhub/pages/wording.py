"""What the catalog's terse words mean, in sentences for the reader of a page."""

from typing import Final, NamedTuple

from instances.spec import Overflow

OVERFLOW_SENTENCES: Final[dict[Overflow, str]] = {
    Overflow.CLOSE: "A follower that falls too far behind is disconnected; nothing is dropped in silence.",
    Overflow.CONFLATE: (
        "For a follower that falls behind, a newer event takes the place of a waiting one "
        "of the same topic and type; what is lost beyond that is told as a gap."
    ),
    Overflow.DROP_OLDEST: (
        "A follower that falls behind loses the oldest waiting events; a gap says which stretch is missing."
    ),
    Overflow.DROP_NEWEST: (
        "A follower that falls behind loses the newest events; a gap says which stretch is missing."
    ),
}

SEVERITY_CHOICES: Final = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")
"""Syslog's levels, the gravest last: one word for each rank that the pages offer as the least to be shown."""


class Kind(NamedTuple):
    title: str
    meaning: str


LOSS_KINDS: Final[dict[str, Kind]] = {
    "gap": Kind("Gap", "A stretch of a stream that did not reach the subscriber, and that it was told is missing."),
    "conflated": Kind("Conflated", "Newer events took the place of waiting ones of the same topic and type."),
    "closed": Kind("Closed", "The hub disconnected the subscriber, because it could not keep up."),
}
LOSS_REASONS: Final[dict[tuple[str, str], str]] = {
    ("gap", "slow"): "Too slow: the subscriber took events later than they came, and its queue was full.",
    ("gap", "evicted"): "Evicted: the subscriber came back later than the history reaches; the events were gone.",
    ("gap", "epoch"): (
        "New epoch: the stream's count began anew, as after a restart without its data. Nobody knows for certain "
        "what came last before it."
    ),
    ("gap", "lost"): (
        "Lost: the events were counted, and then neither came to the serving process nor stood in the history. "
        "The hub's log says more."
    ),
    ("conflated", "conflated"): (
        "Conflated: the subscriber was slow, and newer events of the same topic and type took the place of these."
    ),
    ("closed", "slow"): (
        "Closed: the subscriber was too slow where nothing may be dropped. One that resumes gets what it missed, "
        "as far as the history reaches."
    ),
}
"""By kind and reason."""

LOSS_HELP: Final[dict[str, dict[str, str]]] = {
    "gaps": {"about": "Gaps", "text": "How often the subscriber was told that it misses a stretch of events."},
    "missed": {
        "about": "Events missed",
        "text": "Events in these gaps that the subscriber's patterns matched. Where the hub can't know how many "
        "a gap cost, the gap is counted as one of unknown size.",
    },
    "conflated": {
        "about": "Conflated",
        "text": "Events that a newer one of the same topic and type replaced before they were sent: the subscriber "
        "has the newest state, and not each step on the way.",
    },
    "closed": {"about": "Slow closes", "text": "How often the subscriber was disconnected for being too slow."},
    "told": {"about": "Told", "text": "When the subscriber was told. What is missing came before that."},
    "stretch": {
        "about": "Stretch",
        "text": "The stream, and the first and last offset that is missing. Each stream counts its events from 1 on; "
        "its count begins anew with each epoch.",
    },
}
"""What each column of the page of losses means, for its reader."""

CAPACITY_HELP: Final[dict[str, dict[str, str]]] = {
    "highest": {
        "about": "Highest rates",
        "text": "The most events that entered in any one second, from all publishers and processes, and when. Figures "
        "are kept by the hour, so the last hour is the hour that runs and the one before it, in UTC.",
    },
    "headroom": {
        "about": "Headroom",
        "text": "What is left of the limit that operators have set for all publishers together, held against the "
        "highest rate over ten seconds of the last seven days: two seconds' worth may come at once, so one second "
        "alone can be above it. Below it, how far back a stream's history would reach if that rate went on in that "
        "one stream: whoever comes back later than that misses events.",
    },
    "trend": {
        "about": "Trend",
        "text": "A straight line through the highest rate over ten seconds of each day that is over, by least squares. "
        "It is told where its slope is at least three times what chance alone makes of so many days. "
        "Nobody knows whether it goes on.",
    },
    "second": {"about": "In one second", "text": "The most events of any one second, and when it ended."},
    "ten": {
        "about": "Over ten seconds",
        "text": "The most events per second over any ten seconds: what lasts, and is held against limits.",
    },
    "bytes": {
        "about": "Bytes",
        "text": "What serving processes broadcast, and the most per second over ten seconds. What is published from "
        "other processes by Python is not in it, and nothing of evidence and alerts is.",
    },
    "followers": {"about": "Followers", "text": "Live connections that followed anything of it, at most at once."},
}
"""What the figures of the page of capacity mean, for its reader."""
