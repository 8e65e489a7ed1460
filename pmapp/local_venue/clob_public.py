"""The CLOB's public reads: time, books, prices, market parameters (venue reference, 3.5)."""

from typing import TYPE_CHECKING, Any, Final

import msgspec

from pmapp.local_venue.http import Answer, Request, error, ok, raw
from pmapp.local_venue.listing import Listed
from pmapp.local_venue.market_shapes import compact_market, full_market
from pmapp.local_venue.pages import page
from pmcore.ids import UP, Outcome
from pmcore.units import SECOND, Price, show_decimal, show_price
from pmcore.wire.frames import FAULTS

if TYPE_CHECKING:
    from pmapp.local_venue.venue import Venue

NO_BOOK: Final = error(404, "No orderbook exists for the requested token id")
NO_MARKET: Final = error(404, "market not found")
BOOKS_MAX: Final = 500


class _Asked(msgspec.Struct):
    token_id: str
    side: str = ""


_ASKED: Final = msgspec.json.Decoder(list[_Asked])
Found = tuple[Listed, Outcome]


def _token(venue: "Venue", token: str) -> Found | None:
    """A token with a book: of a market that is not resolved."""
    found = venue.listings.by_token.get(token)
    return found if found is not None and not found[0].closed_ns else None


def health(venue: "Venue", request: Request) -> Answer:
    """`/ok`."""
    return ok("OK")


def server_time(venue: "Venue", request: Request) -> Answer:
    """`/time`: whole seconds."""
    return ok(venue.now_ns // SECOND + venue.faults.clock_skew_s)


def version(venue: "Venue", request: Request) -> Answer:
    """`/version`."""
    return ok({"version": 2})


def book(venue: "Venue", request: Request) -> Answer:
    """`/book?token_id=`."""
    token = request.query.get("token_id", "")
    found = _token(venue, token)
    if found is None:
        return NO_BOOK
    return raw(venue.board.rest(found[0].market.id, found[1]))


def books(venue: "Venue", request: Request) -> Answer:
    """`POST /books`: unknown tokens are left out."""
    asked = _many(request)
    if asked is None or len(asked) > BOOKS_MAX:
        return error(400, "Payload exceeds the limit" if asked else "Invalid payload")
    found = [_token(venue, of.token_id) for of in asked]
    bodies = [venue.board.rest(f[0].market.id, f[1]) for f in found if f is not None]
    return raw(b"[" + b",".join(bodies) + b"]")


def _many(request: Request) -> list[_Asked] | None:
    try:
        return _ASKED.decode(request.body)
    except FAULTS:
        return None


def _price(venue: "Venue", found: Found, side: str) -> str:
    """ "BUY -> best bid, SELL -> best ask" (OpenAPI; the guide says the reverse)."""
    book = venue.board.book(found[0].market.id, found[1])
    return show_price(book.best_bid if side.upper() == "BUY" else book.best_ask)


def _mid(venue: "Venue", found: Found, side: str) -> str:
    book = venue.board.book(found[0].market.id, found[1])
    return show_decimal(round(book.mid * 100_000), 5)


def _spread(venue: "Venue", found: Found, side: str) -> str:
    return show_price(Price(venue.board.book(found[0].market.id, found[1]).spread))


VALUES: Final = {
    "price": (_price, "price"),
    "midpoint": (_mid, "mid"),
    "spread": (_spread, "spread"),
}


def value(venue: "Venue", request: Request, kind: str) -> Answer:
    """`/price`, `/midpoint`, `/spread`."""
    found = _token(venue, request.query.get("token_id", ""))
    if found is None:
        return NO_BOOK
    side = request.query.get("side", "")
    if kind == "price" and side.upper() not in ("BUY", "SELL"):
        return error(400, "Invalid side")
    make, name = VALUES[kind]
    return ok({name: make(venue, found, side)})


def many_values(venue: "Venue", request: Request, kind: str) -> Answer:
    """`POST /prices`, `/midpoints`, `/spreads`: by token, prices also by side."""
    asked = _many(request)
    if asked is None:
        return error(400, "Invalid payload")
    make, _ = VALUES[kind]
    answer: dict[str, Any] = {}
    for of in asked:
        found = _token(venue, of.token_id)
        if found is not None and kind == "price":
            answer.setdefault(of.token_id, {})[of.side] = make(venue, found, of.side)
        elif found is not None:
            answer[of.token_id] = make(venue, found, of.side)
    return ok(answer)


def last_trade(venue: "Venue", request: Request) -> Answer:
    """`/last-trade-price`: "default when none" is 0.5 and no side."""
    found = _token(venue, request.query.get("token_id", ""))
    if found is None:
        return NO_BOOK
    return ok(_last(venue, found))


def last_trades(venue: "Venue", request: Request) -> Answer:
    """`POST /last-trades-prices`."""
    asked = _many(request)
    if asked is None:
        return error(400, "Invalid payload")
    found = [(of.token_id, _token(venue, of.token_id)) for of in asked]
    return ok([_last(venue, f) | {"token_id": token} for token, f in found if f is not None])


def _last(venue: "Venue", found: Found) -> dict[str, str]:
    text = venue.board.book(found[0].market.id, found[1]).last_trade
    side = venue.board.last_side(found[0].market.id, found[1])
    return {"price": text, "side": side} if text else {"price": "0.5", "side": ""}


def parameter(venue: "Venue", request: Request, kind: str) -> Answer:
    """`/tick-size`, `/neg-risk`, `/fee-rate`."""
    found = venue.listings.by_token.get(request.query.get("token_id", ""))
    if found is None:
        return error(404, "fee rate not found for market") if kind == "fee-rate" else NO_MARKET
    market = found[0].market
    if kind == "tick-size":
        return ok({"minimum_tick_size": venue.board.tick(market.id, found[1]) / 10_000})
    if kind == "neg-risk":
        return ok({"neg_risk": market.neg_risk})
    return ok({"base_fee": 1000})


def compact(venue: "Venue", request: Request, condition: str) -> Answer:
    """`/clob-markets/{condition}`: 64 hex digits, "62-hex -> 404"."""
    listed = venue.listings.by_condition.get(condition)
    return NO_MARKET if listed is None or listed.hidden else ok(compact_market(listed))


def full(venue: "Venue", request: Request, condition: str) -> Answer:
    """`/markets/{condition}`."""
    listed = venue.listings.by_condition.get(condition)
    if listed is None:
        return NO_MARKET
    return ok(full_market(listed, venue.board.book(listed.market.id, UP)))


def by_token(venue: "Venue", request: Request, token: str) -> Answer:
    """`/markets-by-token/{token}`."""
    found = venue.listings.by_token.get(token)
    if found is None:
        return NO_MARKET
    market = found[0].market
    first, second = market.tokens
    return ok(
        {
            "condition_id": market.condition_id,
            "primary_token_id": first,
            "secondary_token_id": second,
        }
    )


def markets(venue: "Venue", request: Request) -> Answer:
    """`/markets` and its sampling and simplified forms: all in the full form here."""
    listed = list(venue.listings.by_start.values())
    return page(
        request,
        [full_market(of, venue.board.book(of.market.id, UP)) for of in listed],
        limit=500,
    )


def history(venue: "Venue", request: Request) -> Answer:
    """`/prices-history?market=<token>`: a point for each minute that the venue remembers."""
    found = venue.listings.by_token.get(request.query.get("market", ""))
    if found is None:
        return NO_MARKET
    points = venue.board.history(found[0].market.id, found[1])
    start = _bound(request, "startTs", 0)
    end = _bound(request, "endTs", 1 << 62)
    kept = [{"t": t, "p": price / 10_000} for t, price in points if start <= t <= end]
    return ok({"history": kept})


def _bound(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else default


def activity(venue: "Venue", request: Request, condition: str) -> Answer:
    """`/markets/live-activity/{condition}`: nothing is kept of other people's trades here."""
    return ok([]) if condition in venue.listings.by_condition else NO_MARKET
