"""Gamma's market object as a `Market`: identity, tokens, window, grid, fees, settlement rule.

Several fields are JSON inside strings, outcomes are matched by name, `startDate` is the listing
time and not the window's, and `restricted` is the geographic flag and not ours. What decides the
money (tokens, window, rule, tie, fees) must be stated without contradiction, otherwise the market
is refused by a `WireError` that names the field. Source: venue reference, section 7.
"""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from pmcore.ids import MarketId
from pmcore.market import (
    FIRST_CURVE,
    NO_FEES,
    FeeTerms,
    Market,
    RewardTerms,
)
from pmcore.units import ONE_DOLLAR, Ns, Price, Shares
from pmcore.wire.clob_market import ClobTerms
from pmcore.wire.frames import FAULTS, WireError, fault, iso_moment, scaled
from pmcore.wire.settlement_rule import settlement_of, text_of

TAKER_DELAY_NS: Final = Ns(150_000_000)
"""Crypto taker delay, "150 ms" since 2026-09-04 by the changelog."""
_SECOND: Final = 1_000_000_000


def slug_of(prefix: str, start_s: int) -> str:
    """The slug of the window that starts at `start_s`: `btc-updown-15m-1791241200`."""
    return f"{prefix}-{start_s}"


def start_of(prefix: str, slug: str) -> MarketId | None:
    """The window that a slug of the series names, or None for any other slug."""
    head, _, tail = slug.rpartition("-")
    if head != prefix or not (tail.isascii() and tail.isdigit()) or len(tail) > 10:
        return None
    return MarketId(int(tail))


def market_of(body: bytes, prefix: str) -> Market:
    """The market of a `/markets/slug/{slug}` body. Raises WireError."""
    try:
        return decode_market(msgspec.json.decode(body), prefix)
    except (WireError, *FAULTS) as error:
        raise fault(error, body) from None


def decode_market(obj: object, prefix: str) -> Market:
    """A Gamma market object of the series `prefix` as a `Market`.

    Raises WireError, and nothing else, naming the field that is missing or contradicts another.
    """
    if not isinstance(obj, dict):
        raise WireError("market is not an object", type(obj).__name__)
    try:
        return _market(obj, prefix)
    except FAULTS as error:
        raise fault(error, str(obj.get("slug"))) from None


def _market(obj: Mapping[str, object], prefix: str) -> Market:
    slug = text_of(obj, "slug")
    start = start_of(prefix, slug)
    if start is None:
        raise WireError("slug: not of this series", slug[:80])
    start_ns = Ns(start * _SECOND)
    if obj.get("eventStartTime") is not None:
        begins = text_of(obj, "eventStartTime")
        if iso_moment(begins, "eventStartTime") != start_ns:
            raise WireError("eventStartTime: not the window that the slug names", begins[:40])
    end_ns = iso_moment(text_of(obj, "endDate"), "endDate")
    if end_ns <= start_ns:
        raise WireError("endDate: not after the start", text_of(obj, "endDate")[:40])
    version = obj.get("version") or "v1"  # "version missing should be treated as v1"
    if version not in ("v1", "v2"):
        raise WireError("version: unknown", str(version)[:40])
    return Market(
        start,
        slug,
        _condition(text_of(obj, "conditionId")),
        _tokens(obj),
        start_ns,
        end_ns,
        _tick(obj.get("orderPriceMinTickSize")),
        Shares(scaled(obj.get("orderMinSize"), 6, "orderMinSize")),
        _fees(obj),
        _rewards(obj),
        settlement_of(obj),
        3 if version == "v2" else 2,
        obj.get("negRisk") is True,
        TAKER_DELAY_NS,
        obj.get("acceptingOrders") is True and obj.get("enableOrderBook") is not False,
        obj.get("active") is True and obj.get("archived") is not True,
        obj.get("closed") is True,
        False,
    )


def _condition(text: str) -> str:
    """The condition id as the CLOB writes it: Gamma may drop the padding of Protocol V2's."""
    digits = text[2:]
    if text[:2] != "0x" or len(digits) not in (62, 64):
        raise WireError("conditionId: not 31 or 32 bytes", text[:80])
    try:
        int(digits, 16)
    except ValueError:
        raise WireError("conditionId: not hexadecimal", text[:80]) from None
    return "0x" + digits.lower().ljust(64, "0")


def _list(obj: Mapping[str, object], name: str) -> list[str]:
    """A field that is a list of texts, or JSON of one inside a string."""
    value = obj.get(name)
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except FAULTS:
            raise WireError(f"{name}: not JSON", str(value)[:80]) from None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise WireError(f"{name}: not a list of texts", str(value)[:80])
    return value


def _tokens(obj: Mapping[str, object]) -> tuple[str, str]:
    """Token ids of Up and Down, matched by outcome name; Protocol V2 may only have positionIds."""
    names = [name.lower() for name in _list(obj, "outcomes")]
    field = "clobTokenIds" if obj.get("clobTokenIds") else "positionIds"
    if field == "positionIds" and not obj.get(field):
        raise WireError("clobTokenIds: missing")
    tokens = _list(obj, field)
    if len(names) != 2 or len(tokens) != 2 or tokens[0] == tokens[1]:
        raise WireError(f"{field}: not two tokens for two outcomes", str(tokens)[:80])
    if not all(token.isascii() and token.isdigit() for token in tokens):
        raise WireError(f"{field}: not token ids", str(tokens)[:80])
    if names in (["up", "down"], ["yes", "no"]):
        return tokens[0], tokens[1]
    if names in (["down", "up"], ["no", "yes"]):
        return tokens[1], tokens[0]
    raise WireError("outcomes: neither Up and Down nor Yes and No", str(names)[:80])


def _tick(value: object) -> Price:
    """The tick, 0 while the listing has none."""
    if value is None:
        return Price(0)
    tick = scaled(value, 4, "orderPriceMinTickSize")
    if tick == 0 or ONE_DOLLAR % tick:
        raise WireError("orderPriceMinTickSize: does not divide the dollar", str(value)[:40])
    return Price(tick)


def _fees(obj: Mapping[str, object]) -> FeeTerms:
    """The fee terms; a market before schedules has only the name of its curve."""
    if obj.get("feesEnabled") is False:
        return NO_FEES
    schedule = obj.get("feeSchedule")
    if schedule is None:
        # The curve of 2026-01-05, in force until 2026-03-30; schedules are listed since 03-31.
        if obj.get("feeType") in ("crypto_15_min", "crypto_fees"):
            return FIRST_CURVE
        if obj.get("feesEnabled") is True:
            raise WireError("feeSchedule: missing though feesEnabled")
        return NO_FEES
    if not isinstance(schedule, dict):
        raise WireError("feeSchedule: not an object", str(schedule)[:80])
    rate = scaled(schedule.get("rate"), 6, "feeSchedule.rate")
    if rate > 1_000_000:
        raise WireError("feeSchedule.rate: above one", str(rate))
    if rate and schedule.get("takerOnly") is False:
        raise WireError("feeSchedule.takerOnly: makers pay here too")
    exponent = scaled(schedule.get("exponent", 1), 0, "feeSchedule.exponent")
    if exponent > 8:
        raise WireError("feeSchedule.exponent: above eight", str(exponent)[:40])
    rebate = scaled(schedule.get("rebateRate") or 0, 6, "feeSchedule.rebateRate")
    return FeeTerms(rate, exponent, False, 10, rebate)


def _rewards(obj: Mapping[str, object]) -> RewardTerms:
    """Reward terms; the daily rate is the sum of `clobRewards`, absent when nothing is paid."""
    rate = 0
    for reward in obj.get("clobRewards") or ():  # type: ignore[attr-defined]
        if isinstance(reward, dict):
            daily = reward.get("rewardsDailyRate") or 0
            rate += scaled(daily, 6, "clobRewards.rewardsDailyRate")
    return RewardTerms(
        Shares(scaled(obj.get("rewardsMinSize") or 0, 6, "rewardsMinSize")),
        Price(scaled(obj.get("rewardsMaxSpread") or 0, 2, "rewardsMaxSpread")),  # cents -> bp
        Ns(0),
        rate,
    )


def with_clob_terms(market: Market, terms: ClobTerms) -> Market:
    """`market` with the matching engine's own tick, size, fees and delay in place of Gamma's.

    The rebate share and the daily reward rate are Gamma's: the compact form has neither. Raises
    WireError if the two are not the same market.
    """
    tokens = tuple(token for token, _ in terms.tokens)
    if terms.condition_id.lower() != market.condition_id or sorted(tokens) != sorted(market.tokens):
        raise WireError("clob market: not the same market as Gamma's", terms.condition_id[:80])
    delay_ns = max(terms.seconds_delay_ns, TAKER_DELAY_NS if terms.taker_delayed else Ns(0))
    return replace(
        market,
        tick=terms.tick,
        min_size=terms.min_size,
        fees=replace(terms.fees, rebate_ppm=market.fees.rebate_ppm),
        rewards=replace(terms.rewards, daily_rate_micros=market.rewards.daily_rate_micros),
        order_version=terms.order_version,
        neg_risk=terms.neg_risk,
        taker_delay_ns=delay_ns,
        accepting=terms.accepting,
    )
