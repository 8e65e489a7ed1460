"""Gamma's market objects as the scanner lists them: any market, in any of the venue's forms.

The maker's decoder (`gamma`) refuses what contradicts itself; here the one bad object of a page
must not cost the others, and an odd side field must not cost its market. So every object of a page
becomes either a `Listing`, which names the fields that were odd and left out, or a `Skip`, which
names the field that made it unusable: `len(listings) + len(skips)` is the number of objects.

Forms that are understood: Gamma's camel case and the CLOB's snake case, lists as JSON inside
strings (also twice), truth as true, 1 or "true", times as ISO text with or without a zone (then
UTC) or as milliseconds. Source: venue reference, sections 3.5 and 7.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from pmcore.units import Ns, Price, Shares
from pmcore.wire.frames import FAULTS, WireError, excerpt_of, fault, scaled
from pmcore.wire.gamma_fields import Fields, listed
from pmcore.wire.gamma_terms import Fees, category_name, fee_terms

OPEN: Final = "open"
CLOSED: Final = "closed"
ARCHIVED: Final = "archived"
OUTCOMES_MAX: Final = 2
"""Markets of the venue have two outcomes; events are made of several markets."""


class Side(msgspec.Struct, frozen=True, gc=False):
    """One outcome of a listing."""

    name: str
    token_id: str
    """"" where the object has no tokens (a market without an order book)."""
    price: float | None
    """The listed price, for showing; 0 and 1 after resolution."""


class Touch(msgspec.Struct, frozen=True, gc=False):
    """Best prices of the first outcome that came with the listing, which may lag; None: none."""

    bid: Price | None
    ask: Price | None


class Listing(msgspec.Struct, frozen=True, gc=False):
    """One market as listed. None and "" mean that the object does not say."""

    market_id: str
    """The condition id, else `gamma-id:NUMBER`."""
    venue_ref: str
    slug: str
    title: str
    category: str
    event_id: str
    event_slug: str
    event_title: str
    status: str
    accepting: bool
    neg_risk: bool
    neg_risk_group: str
    close_ns: Ns | None
    listed_ns: Ns | None
    updated_ns: Ns | None
    tick: Price
    min_size: Shares
    fees: Fees
    resolution_source: str
    liquidity_usd: float | None
    volume_usd: float | None
    sides: tuple[Side, ...]
    touch: Touch
    rules: str | None
    """The rule text as it stands, None if the object has no such field."""
    odd: tuple[str, ...]
    """Fields that were there but could not be read, and were left out."""


class Skip(msgspec.Struct, frozen=True, gc=False):
    """An object that is no market we could keep, and why."""

    index: int
    """Its place on the page."""
    market: str
    """Its id or slug, as far as it has one."""
    field: str
    reason: str


class Page(msgspec.Struct, frozen=True):
    """One page of a list."""

    listings: tuple[Listing, ...]
    skips: tuple[Skip, ...]
    next_cursor: str
    """"" on the last page."""


def page_of(body: bytes) -> Page:
    """A `/markets/keyset` answer, or the plain list of `/markets`.

    Raises WireError if the body as a whole is neither; single objects never raise.
    """
    try:
        document = msgspec.json.decode(body)
    except FAULTS as error:
        raise fault(error, body) from None
    cursor = ""
    if isinstance(document, Mapping):
        cursor = _cursor(document.get("next_cursor"))
        document = document.get("markets", document.get("data"))
    if not isinstance(document, list):
        raise WireError("no list of markets", excerpt_of(body))
    listings, skips = listings_of(document)
    return Page(listings, skips, cursor)


def _cursor(given: object) -> str:
    """Where the list goes on. What cannot be read is no end: there may be more markets."""
    if isinstance(given, int) and not isinstance(given, bool):
        return str(given)
    if given is not None and not isinstance(given, str):
        raise WireError(f"next_cursor: not a text but {type(given).__name__}")
    # "LTE=" is how the CLOB's lists say that there is no more.
    return "" if given is None or given == "LTE=" else given


def listings_of(objects: Iterable[object]) -> tuple[tuple[Listing, ...], tuple[Skip, ...]]:
    """Each object as a listing or a skip."""
    listings: list[Listing] = []
    skips: list[Skip] = []
    for index, obj in enumerate(objects):
        try:
            listings.append(listing_of(obj))
        except WireError as error:
            field, _, reason = error.reason.partition(": ")
            skips.append(Skip(index, _named(obj), field[:80], f"{reason or field}"[:200]))
    return tuple(listings), tuple(skips)


def listing_of(obj: object) -> Listing:
    """One object as a listing. Raises WireError, and nothing else: `FIELD: reason`."""
    if not isinstance(obj, Mapping):
        raise WireError(f"object: not an object but {type(obj).__name__}")
    fields = Fields(obj)
    try:
        return _listing(fields)
    except FAULTS as error:
        raise WireError(f"object: {fault(error, '').reason}") from None


def _listing(fields: Fields) -> Listing:
    venue_ref = fields.text("id")
    event = fields.first_object("events")
    sides = _sides(fields)
    resolved = fields.text("umaResolutionStatus", "resolutionStatus") == "resolved"
    status = CLOSED if fields.truth("closed") or resolved else OPEN
    if fields.truth("archived") or fields.truth("active") is False:
        status = ARCHIVED if status == OPEN else status
    has_book = fields.truth("enableOrderBook", "enable_order_book") is not False
    accepting = fields.truth("acceptingOrders", "accepting_orders")
    return Listing(
        market_id=_market_id(fields, venue_ref),
        venue_ref=venue_ref,
        slug=fields.text("slug", "market_slug"),
        title=_title(fields),
        category=category_name(fields, event),
        event_id=event.text("id") or fields.text("eventId"),
        event_slug=event.text("slug") or fields.text("eventSlug"),
        event_title=(event.text("title") or fields.text("eventTitle")).strip(),
        status=status,
        accepting=status == OPEN and has_book and accepting is not False,
        neg_risk=fields.truth("negRisk", "neg_risk") is True,
        neg_risk_group=fields.text("negRiskMarketID", "neg_risk_market_id"),
        close_ns=_close(fields),
        listed_ns=fields.moment("startDate", "createdAt", "created_at"),
        updated_ns=fields.moment("updatedAt", "updated_at"),
        tick=Price(fields.count(4, "orderPriceMinTickSize", "minimum_tick_size")),
        min_size=Shares(fields.count(6, "orderMinSize", "minimum_order_size")),
        fees=fee_terms(fields),
        resolution_source=fields.text("resolutionSource"),
        liquidity_usd=fields.real("liquidityNum", "liquidityClob", "liquidity"),
        volume_usd=fields.real("volumeNum", "volumeClob", "volume"),
        sides=sides,
        touch=Touch(_price(fields, "bestBid"), _price(fields, "bestAsk")),
        rules=fields.optional_text("description"),
        odd=tuple(fields.odd + [f"events.{name}" for name in event.odd]),
    )


def _market_id(fields: Fields, venue_ref: str) -> str:
    """The condition id as the CLOB writes it: Gamma may drop the padding of Protocol V2's."""
    condition = fields.text("conditionId", "condition_id")
    if not condition:
        if not venue_ref:
            raise WireError("conditionId: missing, and no id either")
        return f"gamma-id:{venue_ref}"
    digits = condition[2:].lower()
    if condition[:2] != "0x" or len(digits) not in (62, 64) or digits.strip("0123456789abcdef"):
        raise WireError(f"conditionId: not 31 or 32 bytes: {excerpt_of(condition)[:70]}")
    return "0x" + digits.ljust(64, "0")


def _title(fields: Fields) -> str:
    title = fields.text("question", "title").strip()
    if not title:
        raise WireError("question: missing")
    return title


def _close(fields: Fields) -> Ns | None:
    """When the market closes. A close that cannot be read must not pass for an unknown one."""
    seen = len(fields.odd)
    moment = fields.moment("endDate", "end_date_iso", "end_date", "endDateIso")
    if len(fields.odd) > seen:
        raise WireError(f"{fields.odd[-1]}: not a time")
    return moment


def _sides(fields: Fields) -> tuple[Side, ...]:
    """The outcomes in the venue's order, with their tokens."""
    tokens = fields.get("tokens")
    if isinstance(tokens, list) and "outcomes" not in fields:
        return _clob_sides(tokens)
    names = _names(fields)
    return tuple(
        Side(name.strip(), token, price)
        for name, token, price in zip(names, _tokens(fields), _prices(fields), strict=True)
    )


def _names(fields: Fields) -> list[str]:
    """Two different names of outcomes."""
    names = listed(fields.get("outcomes"), "outcomes")
    if len(names) != OUTCOMES_MAX or not all(names) or names[0] == names[1]:
        raise WireError(f"outcomes: not two different names: {str(names)[:80]}")
    return names


def _tokens(fields: Fields) -> list[str]:
    """Two different token ids, or "" for each where the object has none."""
    field = next((name for name in ("clobTokenIds", "positionIds") if fields.get(name)), "")
    if not field:
        return [""] * OUTCOMES_MAX
    ids = listed(fields.get(field), field)
    if len(ids) != OUTCOMES_MAX or ids[0] == ids[1]:
        raise WireError(f"{field}: not two tokens for two outcomes: {str(ids)[:80]}")
    if not all(token.isascii() and token.isdigit() for token in ids):
        raise WireError(f"{field}: not token ids: {str(ids)[:80]}")
    return ids


def _prices(fields: Fields) -> list[float] | list[None]:
    """Two listed prices, or None for each; what cannot be read is odd and costs nothing else."""
    given = fields.get("outcomePrices")
    if given:
        try:
            texts = listed(given, "outcomePrices")
            prices = [scaled(text, 18, "outcomePrices") / 1e18 for text in texts]
        except WireError:
            prices = []
        if len(prices) == OUTCOMES_MAX:
            return prices
        fields.odd.append("outcomePrices")
    return [None] * OUTCOMES_MAX


def _clob_sides(tokens: list[Any]) -> tuple[Side, ...]:
    """The CLOB's `tokens`: each an object with its outcome."""
    sides = []
    for token in tokens:
        if not isinstance(token, Mapping):
            raise WireError(f"tokens: not a list of objects: {type(token).__name__}")
        inner = Fields(token)
        sides.append(Side(inner.text("outcome"), inner.text("token_id"), inner.real("price")))
    if len(sides) != OUTCOMES_MAX or not all(side.name for side in sides):
        raise WireError(f"tokens: not two outcomes with names: {len(sides)}")
    return tuple(sides)


def _price(fields: Fields, name: str) -> Price | None:
    """A best price in basis points, None where there is none (0 and 1 are no orders)."""
    value = fields.real(name)
    price = 0 if value is None else round(value * 10_000)
    return Price(price) if 0 < price < 10_000 else None


def _named(obj: object) -> str:
    """What to call an object that could not be read."""
    if isinstance(obj, Mapping):
        for name in ("conditionId", "condition_id", "slug", "market_slug", "id"):
            value = obj.get(name)
            if isinstance(value, str | int) and value != "":
                return excerpt_of(str(value))[:80]
    return ""
