"""Per-signer rate tiers: two token buckets, and the headers that tell of them.

"Per-signer token buckets ..., orders counted not requests"; a batch beyond what is left is refused
as a whole; cancels are let through while anything is left and may leave the bucket in debt (venue
reference, section 4).
"""

import msgspec

from pmapp.local_venue.http import Answer, error
from pmapp.local_venue.terms import Tier
from pmcore.units import SECOND, Ns


class Bucket(msgspec.Struct):
    """Tokens that come back at `rate` a second up to `burst`; counted in millionths."""

    rate: int
    burst: int
    tokens: int
    at_ns: Ns

    def refill(self, now_ns: Ns) -> None:
        """Bring the tokens up to date."""
        gained = (now_ns - self.at_ns) * self.rate // 1_000
        self.tokens = min(self.burst * 1_000_000, self.tokens + gained)
        self.at_ns = now_ns

    def full_s(self, now_ns: Ns) -> int:
        """The second at which it will be full again."""
        missing = self.burst * 1_000_000 - self.tokens
        return (now_ns + missing * 1_000 // self.rate) // SECOND + 1


class Allowance(msgspec.Struct):
    """One signer's two buckets."""

    tier: Tier
    place: Bucket
    cancel: Bucket


class Limiter:
    """The buckets of every signer."""

    __slots__ = ("by_signer", "tier")

    def __init__(self, tier: Tier) -> None:
        self.tier = tier
        self.by_signer: dict[str, Allowance] = {}

    def of(self, signer: str, now_ns: Ns) -> Allowance:
        """The buckets of a signer, full on first sight, refilled until now."""
        found = self.by_signer.get(signer)
        if found is None:
            tier = self.tier
            place = Bucket(tier.place, tier.place_burst, tier.place_burst * 1_000_000, now_ns)
            cancel = Bucket(tier.cancel, tier.cancel_burst, tier.cancel_burst * 1_000_000, now_ns)
            found = self.by_signer[signer] = Allowance(tier, place, cancel)
        found.place.refill(now_ns)
        found.cancel.refill(now_ns)
        return found

    def take_place(self, signer: str, count: int, now_ns: Ns) -> Answer | None:
        """Spend `count` placements; the 429 if there are not so many."""
        bucket = self.of(signer, now_ns).place
        if bucket.tokens < count * 1_000_000:
            return self._refusal(signer, bucket, count, now_ns)
        bucket.tokens -= count * 1_000_000
        return None

    def take_cancel(self, signer: str, now_ns: Ns) -> Answer | None:
        """The 429 if nothing is left for cancels. What it costs is known afterwards."""
        bucket = self.of(signer, now_ns).cancel
        if bucket.tokens <= 0:
            return self._refusal(signer, bucket, 1, now_ns, cancel=True)
        return None

    def charge_cancel(self, signer: str, count: int, now_ns: Ns) -> None:
        """Spend `count` cancels, into debt if need be."""
        self.of(signer, now_ns).cancel.tokens -= count * 1_000_000

    def marked(self, answer: Answer, signer: str, now_ns: Ns, *, cancel: bool) -> Answer:
        """An answer with the signer's rate headers."""
        found = self.of(signer, now_ns)
        bucket = found.cancel if cancel else found.place
        marks = [
            ("poly-ratelimit-remaining", f"{bucket.tokens / 1e6:.3f}"),
            ("poly-ratelimit-reset", str(bucket.full_s(now_ns))),
            ("poly-ratelimit-tier", found.tier.name),
        ]
        if bucket.tokens < bucket.burst * 100_000:
            marks.append(("poly-ratelimit-warning", "approaching the limit of your tier"))
        return answer.with_headers(*marks)

    def _refusal(
        self, signer: str, bucket: Bucket, count: int, now_ns: Ns, *, cancel: bool = False
    ) -> Answer:
        missing = count * 1_000_000 - bucket.tokens
        after = max(1, -(-missing // (bucket.rate * 1_000_000)))
        refusal = error(429, "Too Many Requests").with_headers(("retry-after", str(after)))
        return self.marked(refusal, signer, now_ns, cancel=cancel)
