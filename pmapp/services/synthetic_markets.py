"""Made-up markets for benchmarks: as many as wanted, the same ones for the same seed."""

import hashlib
import random
from collections.abc import Iterator
from typing import Final

import msgspec

from pmcore.sweep.categories import CATEGORIES
from pmcore.units import SECOND, Ns
from pmio.store.rows import MarketRow, OutcomeRow, QuoteRow, RulesRow

VENUE: Final = "synthetic"
CODES: Final = ("", "|vague_source|", "|vague_source|missing_time_zone|", "|undefined_term|")
TEXT: Final = (
    "This market will resolve to Yes if event {0} takes place by the listed date, 11:59 PM ET. "
    "Otherwise, this market will resolve to No. The resolution source is the official report {0}."
)


class Batch(msgspec.Struct, frozen=True):
    """Rows of some markets, in the same order in all four lists."""

    markets: list[MarketRow]
    outcomes: list[OutcomeRow]
    quotes: list[QuoteRow]
    rules: list[RulesRow]


def batches(count: int, seed: int, now_ns: Ns, parser: str, size: int) -> Iterator[Batch]:
    """`count` markets that are all eligible at `now_ns`, in batches of `size`."""
    draw = random.Random(seed)
    made = 0
    while made < count:
        numbers = range(made, min(made + size, count))
        yield _batch(numbers, draw, seed, now_ns, parser)
        made = numbers.stop


def requoted(market_ids: list[str], seed: int, now_ns: Ns) -> Iterator[QuoteRow]:
    """New quotes of the same markets."""
    draw = random.Random(seed)
    for market_id in market_ids:
        yield _quote(market_id, draw, now_ns)


def _batch(numbers: range, draw: random.Random, seed: int, now_ns: Ns, parser: str) -> Batch:
    batch = Batch([], [], [], [])
    for number in numbers:
        market_id = "0x" + hashlib.sha256(f"{seed}/{number}".encode()).hexdigest()
        close_ns = now_ns + draw.randrange(7_200, 1_200_000) * SECOND
        event = str(number // 8)
        title = f"Will event {number} take place?"
        batch.markets.append(
            MarketRow(
                market_id=market_id,
                venue=VENUE,
                venue_ref=str(number),
                slug=f"will-event-{number}-take-place",
                title=title,
                search_text=title.casefold(),
                url="",
                category=CATEGORIES[number % len(CATEGORIES)],
                event_id=event,
                event_title=f"Event {event}",
                status="open",
                accepting=1,
                neg_risk=int(number % 8 < 4),
                neg_risk_group="",
                close_time_ns=close_ns,
                listed_ns=now_ns - 86_400 * SECOND,
                tick_bp=10,
                min_size=5_000_000,
                fee_rate_ppm=40_000 if number % 3 else None,
                fee_exponent=1 if number % 3 else None,
                fee_price_weighted=0,
                resolution_source="",
                liquidity_usd=round(draw.uniform(100.0, 1e6), 2),
                volume_usd=round(draw.uniform(100.0, 1e7), 2),
                seen_ns=now_ns,
            )
        )
        for place, name in enumerate(("Yes", "No")):
            token = str(int(market_id[2:34], 16) * 2 + place)
            batch.outcomes.append(OutcomeRow(market_id, place, name, token, None))
        batch.quotes.append(_quote(market_id, draw, now_ns))
        text = TEXT.format(number)
        batch.rules.append(
            RulesRow(
                market_id=market_id,
                version=0,
                sha256=hashlib.sha256(text.encode()).hexdigest(),
                seen_ns=now_ns,
                parser=parser,
                definition_risk=round(draw.uniform(0.0, 0.6), 6),
                flag_codes=CODES[number % len(CODES)],
                characters=len(text),
                flags="[]",
                text=text,
            )
        )
    return batch


def _quote(market_id: str, draw: random.Random, now_ns: Ns) -> QuoteRow:
    """A converged book on either side, asks from 0.90 to 0.999."""
    ask = draw.randrange(9_000, 9_990, 10)
    bid = ask - draw.choice((10, 10, 20, 50, 100))
    size = draw.randrange(10, 5_000) * 1_000_000
    known = draw.random() < 0.8
    vwap = min(ask + draw.uniform(0.0, 20.0), 9_999.0) if known else None
    ratio = round(draw.uniform(0.2, 1.0), 3) if known else None
    own = (bid, ask, 10_000 - ask, 10_000 - bid)
    side = own if draw.random() < 0.5 else own[2:] + own[:2]
    first = side == own
    return QuoteRow(
        market_id,
        now_ns - draw.randrange(0, 60) * SECOND,
        *side,
        yes_bid_size=size,
        yes_ask_size=size,
        no_bid_size=size,
        no_ask_size=size,
        yes_vwap_bp=vwap if first else None,
        no_vwap_bp=None if first else vwap,
        yes_fill_ratio=ratio if first else None,
        no_fill_ratio=None if first else ratio,
    )
