"""Faults of reference prices and of a market's life (classes 3, 7 and 8)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pmapp.local_venue.fault_sockets import nothing
from pmapp.local_venue.listing import Listed
from pmcore.events import MarketListed
from pmcore.ids import SOURCE_NAMES
from pmcore.units import Price

if TYPE_CHECKING:
    from pmapp.local_venue.venue import Venue

Params = dict[str, Any]
Undo = Callable[[], None]


def _listed(venue: "Venue", params: Params) -> Listed:
    return venue.world.listed(str(params["slug"]))


def _source(params: Params) -> int:
    if params["source"] not in SOURCE_NAMES:
        raise ValueError(f"source: {params['source']!r} is none of {', '.join(SOURCE_NAMES)}")
    return SOURCE_NAMES.index(params["source"])


def version_flip(venue: "Venue", params: Params) -> Undo:
    """The market's exchange is the other one; its token ids stay."""
    listed = _listed(venue, params)

    def flip() -> None:
        market = venue.listings.revise(listed, order_version=5 - listed.market.order_version)
        venue.exchange.observe(MarketListed(venue.now_ns, market), venue.now_ns)
        venue.board.show(listed)

    flip()
    return flip


def oracle_hole(venue: "Venue", params: Params) -> Undo:
    """A source is not published, on either feed."""
    source = _source(params)
    holes = venue.faults.holes
    holes[source] = holes.get(source, 0) + 1

    def undo() -> None:
        holes[source] -= 1

    return undo


def oracle_back(venue: "Venue", params: Params) -> Undo:
    """Stamps of a source go back in time."""
    source = _source(params)
    venue.faults.back_ns[source] = int(params["ms"]) * 1_000_000

    def undo() -> None:
        venue.faults.back_ns.pop(source, None)

    return undo


def tie(venue: "Venue", params: Params) -> Undo:
    """The last minute of a window is published at its strike; it resolves as ties do."""
    market = _listed(venue, params).market
    venue.faults.ties[market.id] = None
    return lambda: venue.faults.ties.pop(market.id, None)


def clock_skew(venue: "Venue", params: Params) -> Undo:
    """`/time` says another time."""
    venue.faults.clock_skew_s = int(params["seconds"])
    return lambda: setattr(venue.faults, "clock_skew_s", 0)


def hidden_tokens(venue: "Venue", params: Params) -> Undo:
    """Token ids are missing "for minutes after listing"."""
    listed = _listed(venue, params)
    listed.hidden = True
    return lambda: setattr(listed, "hidden", False)


def unlisted(venue: "Venue", params: Params) -> Undo:
    """Gamma answers 404 for a slug."""
    slug = _listed(venue, params).market.slug
    venue.faults.unlisted[slug] = None
    return lambda: venue.faults.unlisted.pop(slug, None)


def resolve(venue: "Venue", params: Params) -> Undo:
    """Resolve now, early or split."""
    payout = round(float(params["payout_up"]) * 10_000)
    if payout not in (0, 5_000, 10_000):
        raise ValueError("payout_up: 1, 0 or 0.5")
    venue.world.resolve(_listed(venue, params), Price(payout))
    return nothing


def rule_text(venue: "Venue", params: Params) -> Undo:
    """Gamma shows another description."""
    slug = _listed(venue, params).market.slug
    venue.faults.texts[slug] = str(params["text"])

    def undo() -> None:
        venue.faults.texts.pop(slug, None)

    return undo
