"""Spans counted into fixed bounds: what a Prometheus histogram needs, and nothing else."""

from bisect import bisect_left
from typing import Final

SUBMIT_BOUNDS_S: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Histogram:
    """Counts of spans in seconds, by the first bound that is not below them."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...] = SUBMIT_BOUNDS_S) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0
        """Sum of all spans."""

    def add(self, span_s: float) -> None:
        """Count one span."""
        self.counts[bisect_left(self.bounds, span_s)] += 1
        self.total += span_s

    def cumulative(self) -> list[tuple[str, int]]:
        """(bound, how many are not above it), the last bound being `+Inf`."""
        found, so_far = [], 0
        for bound, count in zip((*map(str, self.bounds), "+Inf"), self.counts, strict=True):
            so_far += count
            found.append((bound, so_far))
        return found
