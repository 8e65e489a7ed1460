"""The series of markets: one window after another, listed a day ahead, forgotten when long over.

Ids are the venue's own kind. A v1 market has a question, a condition (`keccak(oracle, question,
2)`) and two CTF position ids; a Protocol V2 market has one packed id of which the tokens differ in
the last byte (venue reference, sections 1.6 and 9.3). Both follow from the seed and the window.
"""

from hashlib import sha256
from typing import Final

import msgspec
from msgspec.structs import replace

from pmapp.local_venue.terms import MIXED, V2, VenueTerms
from pmcore.ids import DOWN, UP, MarketId, Outcome
from pmcore.market import CRYPTO_FEES, Market, RewardTerms, Settlement
from pmcore.sim.pit import UNSETTLED
from pmcore.units import SECOND, Ns, Price, Shares
from pmcore.wire.contracts import contracts_of
from pmcore.wire.ctf_ids import condition_id, position_id_v2, token_ids

FIRST_GAMMA_ID: Final = 5_308_512
LISTED_BEFORE_NS: Final = Ns(86_400 * SECOND)
REWARDS: Final = RewardTerms(Shares(50_000_000), Price(450), Ns(30 * SECOND), 0)
"""BTC 15m: min 50, spread 4.5 c, 30 s of age, no known daily rate (section 8.4)."""


class Listed(msgspec.Struct):
    """One market as the venue keeps it."""

    market: Market
    question_id: str
    gamma_id: str
    listed_ns: Ns
    closed_ns: int = 0
    payout_up: int = UNSETTLED
    hidden: bool = False
    """A fault: the listing has no token ids yet."""
    volume: int = 0
    """Micro-shares traded."""


def market_of(terms: VenueTerms, start_s: int, like: Market | None = None) -> tuple[Market, str]:
    """The market of a window and its question id; grid, fees and rule as of `like` if given."""
    question = "0x" + sha256(f"question/{terms.seed}/{terms.prefix}/{start_s}".encode()).hexdigest()
    packed = terms.protocol == V2 or (
        terms.protocol == MIXED and start_s // terms.window_s % 2 == 1
    )
    if packed:
        body = sha256(f"condition/{terms.seed}/{terms.prefix}/{start_s}".encode()).digest()[:16]
        condition = "0x01" + body.hex() + "00" * 15
        tokens = (str(position_id_v2(condition, UP)), str(position_id_v2(condition, DOWN)))
    else:
        oracle = contracts_of(137).address("crypto_oracle")
        condition = condition_id(oracle, question)
        up, down = token_ids(condition)
        tokens = (str(up), str(down))
    market = Market(
        id=MarketId(start_s),
        slug=f"{terms.prefix}-{start_s}",
        condition_id=condition,
        tokens=tokens,
        start_ns=Ns(start_s * SECOND),
        end_ns=Ns((start_s + terms.window_s) * SECOND),
        tick=like.tick if like and like.tick else Price(100),
        min_size=like.min_size if like else Shares(5_000_000),
        fees=like.fees if like else CRYPTO_FEES,
        rewards=REWARDS,
        settlement=like.settlement if like else Settlement(),
        order_version=3 if packed else 2,
        taker_delay_ns=terms.taker_delay_ns,
    )
    return market, question


class Listings:
    """All markets that can be looked up, oldest first."""

    __slots__ = ("by_condition", "by_slug", "by_start", "by_token", "last_s", "terms")

    def __init__(self, terms: VenueTerms) -> None:
        self.terms = terms
        self.by_start: dict[int, Listed] = {}
        self.by_slug: dict[str, Listed] = {}
        self.by_condition: dict[str, Listed] = {}
        self.by_token: dict[str, tuple[Listed, Outcome]] = {}
        self.last_s = 0

    def roll(self, now_ns: Ns) -> list[Listed]:
        """List every window that is due now; the newly listed ones."""
        width = self.terms.window_s
        current = now_ns // SECOND // width * width
        start = max(self.last_s + width, current) if self.last_s else current
        until = current + self.terms.ahead * width
        new = []
        while start <= until:
            new.append(self.add(start, now_ns))
            start += width
        if new:
            self._forget(current - self.terms.kept * width)
        return new

    def next_roll_ns(self, now_ns: Ns) -> Ns:
        """When the next window is to be listed."""
        width = self.terms.window_s
        return Ns((now_ns // SECOND // width + 1) * width * SECOND)

    def add(self, start_s: int, now_ns: Ns, like: Market | None = None) -> Listed:
        """List one window."""
        market, question = market_of(self.terms, start_s, like)
        number = FIRST_GAMMA_ID + start_s // self.terms.window_s % 1_000_000
        when = min(now_ns, Ns(market.start_ns - LISTED_BEFORE_NS))
        listed = Listed(market, question, str(number), when)
        self.by_start[start_s] = listed
        self.by_slug[market.slug] = listed
        self.by_condition[market.condition_id] = listed
        for outcome in (UP, DOWN):
            self.by_token[market.tokens[outcome]] = (listed, outcome)
        self.last_s = max(self.last_s, start_s)
        return listed

    def revise(self, listed: Listed, **changed: object) -> Market:
        """Change terms of a listed market in place; its new terms."""
        listed.market = replace(listed.market, **changed)
        return listed.market

    def _forget(self, before_s: int) -> None:
        for start in [s for s in self.by_start if s < before_s]:
            market = self.by_start.pop(start).market
            del self.by_slug[market.slug]
            del self.by_condition[market.condition_id]
            for token in market.tokens:
                del self.by_token[token]
