"""Everything stored about one market as the API's answer."""

from typing import Final

import msgspec

from pmapp.api import shapes
from pmapp.api.moments import moment, moment_or_none
from pmapp.api.scorer_config import scorer_tree
from pmcore.sweep.settings import SweepConfig
from pmio.store.generations import Generation
from pmio.store.opportunities import MarketDetail, Opportunity
from pmio.store.rows import MarketRow, OutcomeRow, QuoteRow, RulesRow

_SIDES: Final[tuple[shapes.SideName, shapes.SideName]] = ("yes", "no")
_FLAGS: Final = msgspec.json.Decoder(tuple[shapes.RuleFlag, ...])
_MICRO: Final = 1e6


def market_answer(detail: MarketDetail, config: SweepConfig, *, stale: bool) -> shapes.MarketAnswer:
    """The answer; `stale` marks the score where nothing newer can be had."""
    scored, generation = detail.scored, detail.generation
    score = recommendation = None
    if scored is not None and generation is not None:
        score = _score(scored, generation, config, stale or bool(scored.stale))
        recommendation = _recommendation(scored)
    return shapes.MarketAnswer(
        market=_market(detail.market, detail.outcomes),
        rules=None if detail.rules is None else _rules(detail.rules),
        rule_history=tuple(
            shapes.RuleVersion(one.version, one.sha256, moment(one.seen_ns), one.diff)
            for one in detail.versions
        ),
        quote=None if detail.quote is None else _quote(detail.quote),
        score=score,
        recommendation=recommendation,
    )


def _market(row: MarketRow, outcomes: tuple[OutcomeRow, ...]) -> shapes.Market:
    fee = None
    if row.fee_rate_ppm is not None:
        exponent = 1 if row.fee_exponent is None else row.fee_exponent
        fee = shapes.Fee(row.fee_rate_ppm / _MICRO, exponent, bool(row.fee_price_weighted))
    return shapes.Market(
        market_id=row.market_id,
        venue=row.venue,
        venue_ref=row.venue_ref,
        slug=row.slug,
        title=row.title,
        url=row.url,
        category=row.category,
        event_id=row.event_id,
        event_title=row.event_title,
        status=row.status,  # type: ignore[arg-type] # the table's check constraint
        accepting_orders=bool(row.accepting),
        neg_risk=bool(row.neg_risk),
        close_time=moment_or_none(row.close_time_ns),
        listed_at=moment_or_none(row.listed_ns),
        tick=row.tick_bp / 10_000,
        min_size_shares=row.min_size / _MICRO,
        fee=fee,
        resolution_source=row.resolution_source,
        liquidity_usd=row.liquidity_usd,
        volume_usd=row.volume_usd,
        seen_at=moment(row.seen_ns),
        outcomes=tuple(shapes.Outcome(one.name, one.token_id) for one in outcomes),
    )


def _rules(row: RulesRow) -> shapes.Rules:
    return shapes.Rules(
        version=row.version,
        sha256=row.sha256,
        seen_at=moment(row.seen_ns),
        definition_risk_score=row.definition_risk,
        flags=_FLAGS.decode(row.flags),
        text=row.text,
    )


def _quote(row: QuoteRow) -> shapes.MarketQuote:
    yes = shapes.BookSide(
        _dollars(row.yes_bid_bp),
        _dollars(row.yes_ask_bp),
        _shares(row.yes_bid_size),
        _shares(row.yes_ask_size),
        _dollars(row.yes_vwap_bp),
        row.yes_fill_ratio,
    )
    no = shapes.BookSide(
        _dollars(row.no_bid_bp),
        _dollars(row.no_ask_bp),
        _shares(row.no_bid_size),
        _shares(row.no_ask_size),
        _dollars(row.no_vwap_bp),
        row.no_fill_ratio,
    )
    return shapes.MarketQuote(moment(row.as_of_ns), yes, no)


def _score(
    row: Opportunity, generation: Generation, config: SweepConfig, stale: bool
) -> shapes.Score:
    tree, _ = scorer_tree(generation, config)
    weights = {name: float(value) for name, value in tree["weights"].items()}
    return shapes.Score(
        as_of=moment(generation.as_of_ns),
        generation=generation.generation,
        stale=stale,
        overall_score=row.overall_score,
        contributions={
            "velocity": weights["velocity"] * row.norm_velocity,
            "net_yield": weights["net_yield"] * row.norm_net_yield,
            "liquidity": weights["liquidity"] * row.liquidity_score,
            "definition_risk": 0.0 - weights["definition_risk"] * row.definition_risk,
            "staleness": 0.0 - weights["staleness"] * row.staleness_penalty,
        },
        norm_velocity=row.norm_velocity,
        norm_net_yield=row.norm_net_yield,
        gross_yield=row.gross_yield,
        fee=row.fee,
        net_yield=row.net_yield,
        yield_velocity=row.yield_velocity,
        cash_velocity=row.cash_velocity,
        t_remaining_sec=row.t_remaining_sec,
        days_to_cash=row.days_to_cash,
        spread=row.spread,
        staleness_sec=row.staleness_sec,
        staleness_penalty=row.staleness_penalty,
        liquidity_score=row.liquidity_score,
        risk_score=row.risk_score,
        risk_parts={
            "definition": row.definition_risk,
            "operational": row.operational_risk,
            "liquidity": row.liquidity_risk,
            "jump": row.jump_risk,
        },
    )


def _recommendation(row: Opportunity) -> shapes.Recommendation:
    return shapes.Recommendation(
        recommended=bool(row.recommended),
        side=_SIDES[row.side],
        side_name=row.side_name,
        entry_price=row.entry_price,
        entry_by_depth=bool(row.by_depth),
        fill_ratio=row.fill_ratio,
        max_position_pct=row.max_position_pct,
        event_markets=row.event_markets,
        event_stake_pct=row.event_stake_pct,
        event_worst_loss_pct=row.event_worst_loss_pct,
    )


def _dollars(price_bp: float | None) -> float | None:
    return None if price_bp is None else price_bp / 10_000


def _shares(size: int | None) -> float | None:
    return None if size is None else size / _MICRO
