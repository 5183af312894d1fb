"""What a benchmark promises."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """One promise, what was measured, and whether it holds; None where nothing was measured."""

    promise: str
    bound: str
    measured: str
    passed: bool | None
