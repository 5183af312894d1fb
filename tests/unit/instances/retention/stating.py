"""Policies for tests."""

from instances.catalog import find
from instances.retention.policy import Policy
from instances.topics import Pattern


def policy(
    name: str = "p",
    instance: str = "health",
    pattern: str = "*",
    *,
    recent: int | None = None,
    kept: int | None = None,
    at_most: int | None = None,
) -> Policy:
    return Policy(
        id=None,
        name=name,
        spec=find(instance),
        pattern=Pattern(pattern),
        recent_seconds=recent,
        kept_seconds=kept,
        at_most_seconds=at_most,
    )
