"""Percentiles, by the nearest-rank rule: a figure shown is always one that was measured."""

import math
from collections.abc import Sequence


def percentile(sorted_values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least `percent` of all values do not exceed.

    Raises:
        ValueError: there is no value.
    """
    if not sorted_values:
        raise ValueError("no value was measured")
    rank = math.ceil(len(sorted_values) * percent / 100)
    return sorted_values[max(rank, 1) - 1]
