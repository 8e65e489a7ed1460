"""Rows for storage tests, as short as can be."""

from random import Random

from msgspec.structs import replace

from pmio.store.generations import Claim
from pmio.store.rows import MarketRow, OutcomeRow, QuoteRow, RulesRow, codes_text
from pmio.store.schema import RECS_LATEST, SCORES_LATEST, names

SECOND = 1_000_000_000
NOW = 1_790_000_000 * SECOND
HOUR = 3_600 * SECOND

MARKET = MarketRow(
    market_id="m1",
    venue="polymarket",
    venue_ref="1",
    slug="slug-1",
    title="Will it rain?",
    search_text="will it rain? weather slug-1",
    url="",
    category="weather",
    event_id="e1",
    event_title="Weather",
    status="open",
    accepting=1,
    neg_risk=0,
    neg_risk_group="",
    close_time_ns=NOW + 24 * HOUR,
    listed_ns=None,
    tick_bp=10,
    min_size=5_000_000,
    fee_rate_ppm=None,
    fee_exponent=None,
    fee_price_weighted=0,
    resolution_source="",
    liquidity_usd=None,
    volume_usd=1.5,
    seen_ns=NOW,
)
RULES = RulesRow("m1", 0, "sha-1", NOW, "parser-1", 0.25, "|vague_source|", 9, "[]", "It rains.")


def market(market_id: str, **changes: object) -> MarketRow:
    return replace(MARKET, market_id=market_id, slug=f"slug-{market_id}", **changes)


def outcomes(*market_ids: str) -> list[OutcomeRow]:
    return [
        OutcomeRow(market_id, place, name, f"{market_id}-{name}", None)
        for market_id in market_ids
        for place, name in enumerate(("Yes", "No"))
    ]


def quote(market_id: str, as_of_ns: int = NOW, bid: int = 9_500, ask: int = 9_600) -> QuoteRow:
    return QuoteRow(market_id, as_of_ns, bid, ask, 10_000 - ask, 10_000 - bid)


async def add_markets(store, *market_ids: str, **changes: object) -> None:
    rows = [market(market_id, **changes) for market_id in market_ids]
    await store.put_markets(rows, outcomes(*market_ids))


def score_row(own: Claim, market_id: str, **values: object) -> tuple[object, ...]:
    given = {"generation": own.generation, "market_id": market_id, "flag_codes": "", "stale": 0}
    given |= {"close_time_ns": NOW + HOUR, "quote_as_of_ns": NOW} | values
    return tuple(given.get(name, 0.5) for name in names(SCORES_LATEST))


def rec_row(own: Claim, market_id: str, **values: object) -> tuple[object, ...]:
    given = {"generation": own.generation, "market_id": market_id, "side": 0, "by_depth": 0}
    given |= {"recommended": 1, "event_markets": 1, "max_position_pct": 0.05} | values
    return tuple(given.get(name, 0.5) for name in names(RECS_LATEST))


async def add_generation(store, scores: dict[str, float], wall: int = NOW, **values: object):
    """One finished generation with these overall scores; its claim."""
    own = await store.claim("tests", NOW, wall, 0)
    rows = [score_row(own, key, overall_score=value, **values) for key, value in scores.items()]
    await store.put_scores(own, wall, rows, [rec_row(own, key) for key in scores])
    await store.finish(own, wall, len(scores), ())
    return own


async def add_random_generation(
    store, ids: list[str], draw: Random, codes: tuple[str, ...]
) -> dict[str, dict[str, object]]:
    """One finished generation, many of its rows equal in what they are sorted by.

    At most two of `codes` are each row's flags. Returns what was stored by market.
    """
    own = await store.claim("s", NOW, NOW, 0)
    stored: dict[str, dict[str, object]] = {}
    scores, recs = [], []
    for key in ids:
        values = {
            "overall_score": draw.randrange(5) / 7,
            "risk_score": draw.randrange(4) / 3,
            "net_yield": draw.random(),
            "yield_velocity": draw.randrange(3) / 9,
            "liquidity_score": draw.random(),
            "t_remaining_sec": float(draw.randrange(1, 9) * 3_600),
            "close_time_ns": NOW + draw.randrange(1, 9) * HOUR,
            "flag_codes": codes_text(draw.sample(codes, draw.randrange(3))),
            "stale": draw.randrange(2),
        }
        rec = {"side": draw.randrange(2), "recommended": draw.randrange(2)}
        stored[key] = values | rec
        scores.append(score_row(own, key, **values))
        recs.append(rec_row(own, key, **rec))
    await store.put_scores(own, NOW, scores, recs)
    await store.finish(own, NOW, len(ids), ())
    return stored
