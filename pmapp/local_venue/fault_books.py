"""Faults of what is shown of a book (class 2). The exchange itself stays in order."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pmapp.local_venue.shown import Levels, Shown
from pmcore.events import LevelChanged
from pmcore.ids import BUY, OUTCOMES, UP
from pmcore.units import MICRO, MILLISECOND, Ns, Price, Shares, parse_decimal

if TYPE_CHECKING:
    from pmapp.local_venue.venue import Venue

Params = dict[str, Any]
Undo = Callable[[], None]
Sides = tuple[Levels, Levels]


def _distorted(venue: "Venue", params: Params, distort: Callable[[Sides], Sides]) -> Undo:
    """Show a market through `distort` until undone."""
    shown = venue.world.shown(str(params["slug"]))
    shown.distort = distort
    venue.settle(shown.market.id)

    def undo() -> None:
        if shown.distort is distort:
            shown.distort = None
            venue.settle(shown.market.id)

    return undo


def one_sided(venue: "Venue", params: Params) -> Undo:
    """Only bids, or only asks."""
    if params["side"] not in ("asks", "bids"):
        raise ValueError("side: asks or bids")
    if params["side"] == "asks":
        return _distorted(venue, params, lambda sides: (sides[0], {}))
    return _distorted(venue, params, lambda sides: ({}, sides[1]))


def crossed(venue: "Venue", params: Params) -> Undo:
    """A bid one tick above the best ask."""

    def distort(sides: Sides) -> Sides:
        bids, asks = sides
        best = min((price for price, size in asks.items() if size > 0), default=5_000)
        return bids | {min(best + 100, 9_900): 100 * MICRO}, asks

    return _distorted(venue, params, distort)


def empty(venue: "Venue", params: Params) -> Undo:
    """Nothing at all."""
    return _distorted(venue, params, lambda _: ({}, {}))


def placeholder(venue: "Venue", params: Params) -> Undo:
    """The book that the venue shows when there is none: 0.01 and 0.99."""
    return _distorted(venue, params, lambda _: ({100: 1_000 * MICRO}, {9_900: 1_000 * MICRO}))


def flood(venue: "Venue", params: Params) -> Undo:
    """So many changes a second of levels far from the touch, told like any others."""
    market = venue.world.shown(str(params["slug"])).market.id
    a_step = max(1, int(params["per_s"]) // 1_000)
    running = [True]
    count = 0

    def step(now_ns: Ns) -> None:
        nonlocal count
        if not running[0]:
            return
        for _ in range(a_step):
            count += 1
            price, size = Price(100 + count % 5 * 100), Shares((1 + count % 997) * MICRO)
            fact = LevelChanged(now_ns, now_ns, market, UP, BUY, price, size)
            venue.world.happen(fact)
        venue.timers.at(now_ns + MILLISECOND, step)

    venue.timers.at(venue.now_ns + MILLISECOND, step)
    return lambda: running.__setitem__(0, False)


def spoil(name: str) -> Callable[["Venue", Params], Undo]:
    """A fault that strikes messages of a market with probability `p`."""

    def begin(venue: "Venue", params: Params) -> Undo:
        shown = venue.world.shown(str(params["slug"]))
        shown.spoilt[name] = float(params["p"])
        shown.chance = venue.faults.chance

        def undo() -> None:
            shown.spoilt.pop(name, None)

        return undo

    return begin


def tick_change(venue: "Venue", params: Params) -> Undo:
    """Both tokens get another grid; the old one comes back when it is undone."""
    shown: Shown = venue.world.shown(str(params["slug"]))
    market = shown.market.id
    old = shown.ticks[0]

    def change(tick: Price) -> None:
        for outcome in OUTCOMES:
            venue.world.retick(venue.listings.by_start[market], outcome, tick)

    tick = Price(parse_decimal(str(params["tick"]), 4))
    if tick <= 0 or 10_000 % tick:
        raise ValueError(f"tick: {params['tick']!r} does not divide the dollar")
    change(tick)
    return lambda: change(old) if market in venue.listings.by_start else None
