"""The CLOB's two forms of a market, and the market channel's messages about its life.

Source: venue reference, sections 3.5 and 5.1 (captures of 2026-10-05).
"""

from typing import Any, Final

import msgspec

from pmapp.local_venue.gamma_shapes import description, prices, question, whole, zulu
from pmapp.local_venue.listing import Listed
from pmcore.book.book import Book
from pmcore.ids import OUTCOME_NAMES
from pmcore.sim.pit import UNSETTLED
from pmcore.units import SECOND, show_decimal, show_micro

_ENCODE: Final = msgspec.json.Encoder().encode


def compact_market(listed: Listed) -> dict[str, Any]:
    """`GET /clob-markets/{condition}` (capture of 2026-10-05); false flags are left out."""
    market = listed.market
    found: dict[str, Any] = {
        "r": {
            "mi": whole(market.rewards.min_size / 1e6),
            "ma": whole(market.rewards.max_spread / 100),
            "moas": market.rewards.min_age_ns // SECOND,
        },
        "t": [
            {"t": token, "o": name}
            for token, name in zip(market.tokens, OUTCOME_NAMES, strict=True)
        ],
        "c": market.condition_id,
        "mos": whole(market.min_size / 1e6),
        "mts": market.tick / 10_000,
        "mbf": 1000,
        "tbf": 1000,
        "ao": market.accepting and listed.payout_up == UNSETTLED,
        "aot": zulu(listed.listed_ns),
    }
    if market.taker_delay_ns:
        found["itode"] = True
    if market.neg_risk:
        found["nr"] = True
    if market.fees.rate_ppm:
        rate = market.fees.rate_ppm / 1e6
        found["fd"] = {"r": rate, "e": market.fees.exponent, "to": True}
    return found | {"v": "v2" if market.order_version == 3 else "v1"}


def full_market(listed: Listed, up: Book) -> dict[str, Any]:
    """`GET /markets/{condition}` of the CLOB: `tokens[].winner` after resolution."""
    market = listed.market
    resolved = listed.payout_up != UNSETTLED
    tokens = [
        {
            "token_id": "" if listed.hidden else token,
            "outcome": name,
            "price": price / 10_000,
            "winner": resolved and price == 10_000,
        }
        for token, name, price in zip(market.tokens, OUTCOME_NAMES, prices(listed, up), strict=True)
    ]
    return {
        "enable_order_book": True,
        "active": market.active,
        "closed": resolved,
        "archived": False,
        "accepting_orders": market.accepting and not resolved,
        "accepting_order_timestamp": zulu(listed.listed_ns),
        "minimum_order_size": whole(market.min_size / 1e6),
        "minimum_tick_size": market.tick / 10_000,
        "condition_id": market.condition_id,
        "question_id": listed.question_id,
        "question": question(market),
        "description": description(market),
        "market_slug": market.slug,
        "end_date_iso": zulu(market.end_ns),
        "game_start_time": None,
        "seconds_delay": 0,
        "maker_base_fee": 1000,
        "taker_base_fee": 1000,
        "neg_risk": market.neg_risk,
        "neg_risk_market_id": "",
        "neg_risk_request_id": "",
        "is_50_50_outcome": listed.payout_up == 5_000,
        "rewards": {
            "rates": None,
            "min_size": whole(market.rewards.min_size / 1e6),
            "max_spread": market.rewards.max_spread / 100,
        },
        "tokens": tokens,
        "tags": ["Crypto", "Up or Down"],
    }


def new_market_frame(listed: Listed, now_ns: int) -> bytes:
    """`new_market` of the market channel: snake case, numbers as texts (capture of 2026-10-05)."""
    market = listed.market
    message = {
        "id": listed.gamma_id,
        "slug": market.slug,
        "ticker": market.slug,
        "title": question(market),
        "description": description(market),
    }
    return _ENCODE(
        {
            "id": listed.gamma_id,
            "question": question(market),
            "market": market.condition_id,
            "slug": market.slug,
            "description": description(market),
            "assets_ids": list(market.tokens),
            "outcomes": list(OUTCOME_NAMES),
            "event_message": message,
            "timestamp": str(now_ns // 1_000_000),
            "event_type": "new_market",
            "tags": ["Crypto", "Up or Down"],
            "condition_id": market.condition_id,
            "active": market.active,
            "clob_token_ids": list(market.tokens),
            "order_price_min_tick_size": show_decimal(market.tick, 4),
            "taker_base_fee": "1000",
            "fees_enabled": market.fees.rate_ppm > 0,
            "fee_schedule": {
                "exponent": str(market.fees.exponent),
                "rate": show_micro(market.fees.rate_ppm),
                "taker_only": True,
                "rebate_rate": show_micro(market.fees.rebate_ppm),
            },
        }
    )


def resolved_frame(listed: Listed, now_ns: int) -> bytes:
    """`market_resolved` of the market channel; a split names no winner."""
    market = listed.market
    winner = {10_000: 0, 0: 1}.get(listed.payout_up)
    return _ENCODE(
        {
            "event_type": "market_resolved",
            "id": listed.gamma_id,
            "market": market.condition_id,
            "assets_ids": list(market.tokens),
            "winning_asset_id": "" if winner is None else market.tokens[winner],
            "winning_outcome": "" if winner is None else OUTCOME_NAMES[winner],
            "timestamp": str(now_ns // 1_000_000),
            "tags": ["Crypto", "Up or Down"],
        }
    )
