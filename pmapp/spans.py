"""Many measured spans of time in little memory: percentiles to within three per cent.

A span falls into one of 32 buckets per power of two, so hours of measurements take a few kilobytes
and the measuring itself does not grow the memory that is being measured.
"""

from typing import Final

BUCKETS: Final = 32
_SHIFT: Final = 5


class Spans:
    """Counts of spans in nanoseconds, by size."""

    __slots__ = ("counts", "longest", "total", "total_ns")

    def __init__(self) -> None:
        self.counts: dict[int, int] = {}
        self.total = 0
        self.total_ns = 0
        self.longest = 0

    def add(self, span_ns: int) -> None:
        """Count one span; a negative one counts as none at all."""
        span_ns = max(span_ns, 0)
        shift = max(span_ns.bit_length() - _SHIFT - 1, 0)
        bucket = (shift << _SHIFT) + (span_ns >> shift)
        self.counts[bucket] = self.counts.get(bucket, 0) + 1
        self.total += 1
        self.total_ns += span_ns
        self.longest = max(self.longest, span_ns)

    def percentile(self, share: float) -> int:
        """The span, in ns, that `share` (0 to 1) of all are at most; 0 without any."""
        rank = share * self.total
        seen = 0
        for bucket in sorted(self.counts):
            seen += self.counts[bucket]
            if seen >= rank:
                return min(_upper(bucket), self.longest)
        return self.longest

    def percentile_us(self, share: float) -> float:
        """The same in microseconds, to a tenth."""
        return round(self.percentile(share) / 1_000, 1)


def _upper(bucket: int) -> int:
    """The largest span that falls into a bucket."""
    # Buckets below 64 hold one nanosecond each: there the mantissa is not shifted.
    shift = max((bucket >> _SHIFT) - 1, 0)
    return ((bucket - (shift << _SHIFT) + 1) << shift) - 1
