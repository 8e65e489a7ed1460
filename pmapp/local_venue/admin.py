"""The admin service: faults, modes, money and time, for whoever runs the venue.

It is served on the loopback address on a port of its own. Bodies and answers are JSON objects.
"""

from typing import TYPE_CHECKING, Any, Final

import msgspec

from pmapp.local_venue.fault_kinds import KINDS
from pmapp.local_venue.http import Answer, Request, error, ok
from pmapp.local_venue.rates import Allowance, Bucket
from pmapp.local_venue.storms import storm
from pmapp.local_venue.terms import TIERS
from pmcore.events import LevelChanged, TradePrinted
from pmcore.ids import OUTCOME_NAMES, SIDE_NAMES, Outcome, Side
from pmcore.units import MICRO, Cash, Price, Shares
from pmcore.wire.frames import FAULTS

if TYPE_CHECKING:
    from pmapp.local_venue.venue import Venue

Body = dict[str, Any]
_BODY: Final = msgspec.json.Decoder(dict[str, Any])


def _asked(request: Request) -> Body:
    return _BODY.decode(request.body or b"{}")


def state(venue: "Venue", request: Request) -> Answer:
    """`GET /admin/state`: what is going on."""
    floor = venue.exchange.floor
    return ok(
        {
            "now_ns": venue.now_ns,
            "mode": floor.mode,
            "market": venue.world.listed("").market.slug,
            "sessions": {name: len(venue.sessions(name)) for name in venue.faults.channels},
            "wallets": [
                {
                    "address": wallet.address,
                    "owner": wallet.owner,
                    "cash": venue.exchange.cash(wallet.account),
                    "fees_paid": floor.account(wallet.account).fees_paid,
                    "orders": len(floor.account(wallet.account).orders),
                }
                for wallet in venue.wallets.by_address.values()
            ],
            "trades": venue.trades.count,
            "unbalanced": venue.exchange.unbalanced(),
            "faults": [fault.shown() for fault in venue.switchboard.active.values()],
        }
    )


def clock(venue: "Venue", request: Request) -> Answer:
    """`GET /admin/clock`: the venue's time, for clients of an accelerated venue."""
    return ok({"now_ns": venue.now_ns})


def kinds(venue: "Venue", request: Request) -> Answer:
    """`GET /admin/faults`: every kind, and what is on."""
    known = {
        name: {"class": kind.group, "does": kind.text, "parameters": kind.params}
        for name, kind in KINDS.items()
    }
    active = [fault.shown() for fault in venue.switchboard.active.values()]
    return ok({"kinds": known, "active": active})


def begin(venue: "Venue", request: Request) -> Answer:
    """`POST /admin/faults` `{"kind", "for_s"?, ...}`."""
    asked = _asked(request)
    kind = str(asked.pop("kind", ""))
    for_s = float(asked.pop("for_s", 0.0))
    return ok(venue.switchboard.begin(kind, for_s, **asked).shown())


def end(venue: "Venue", request: Request) -> Answer:
    """`DELETE /admin/faults`: all, or `{"number"}`, or `{"kind"}`."""
    asked = _asked(request)
    for number, fault in list(venue.switchboard.active.items()):
        if asked.get("number", number) == number and asked.get("kind", fault.kind) == fault.kind:
            venue.switchboard.end(number)
    return ok({"active": [fault.shown() for fault in venue.switchboard.active.values()]})


def begin_storm(venue: "Venue", request: Request) -> Answer:
    """`POST /admin/storm` `{"seed", "span_s"}`: a mixed bag that heals by half of the span."""
    asked = _asked(request)
    planned = storm(int(asked.get("seed", 1)), float(asked.get("span_s", 120.0)))
    for spell in planned:
        spell.plan(venue)
    return ok({"planned": [msgspec.to_builtins(spell) for spell in planned]})


def fund(venue: "Venue", request: Request) -> Answer:
    """`POST /admin/fund` `{"address", "usd"}`."""
    asked = _asked(request)
    wallet = venue.wallet(str(asked.get("address", "")))
    if wallet is None:
        return error(404, "no such wallet")
    venue.exchange.fund(wallet.account, Cash(round(float(asked["usd"]) * MICRO)), venue.now_ns)
    venue.settle()
    return ok({"cash": venue.exchange.cash(wallet.account)})


def grant(venue: "Venue", request: Request) -> Answer:
    """`POST /admin/grant` `{"address", "slug", "up", "down"}`: shares out of nowhere."""
    asked = _asked(request)
    wallet = venue.wallet(str(asked.get("address", "")))
    if wallet is None:
        return error(404, "no such wallet")
    market = venue.world.listed(str(asked.get("slug", ""))).market.id
    up, down = (Shares(round(float(asked.get(name, 0)) * MICRO)) for name in ("up", "down"))
    venue.exchange.grant(wallet.account, market, up, down)
    return ok({})


def _place_of(venue: "Venue", asked: Body) -> tuple[Any, Outcome, Side, Price, Shares]:
    """Market, token, side, price and size of a body."""
    listed = venue.world.listed(str(asked.get("slug", "")))
    outcome = Outcome(OUTCOME_NAMES.index(asked.get("outcome", "Up")))
    side = Side(SIDE_NAMES.index(asked.get("side", "BUY")))
    price = Price(round(float(asked["price"]) * 10_000))
    return listed, outcome, side, price, Shares(round(float(asked["size"]) * MICRO))


def level(venue: "Venue", request: Request) -> Answer:
    """`POST /admin/level` `{"slug", "outcome", "side", "price", "size"}`: others' orders."""
    listed, outcome, side, price, size = _place_of(venue, _asked(request))
    now_ns = venue.now_ns
    venue.world.happen(LevelChanged(now_ns, now_ns, listed.market.id, outcome, side, price, size))
    return ok({})


def trade(venue: "Venue", request: Request) -> Answer:
    """`POST /admin/trade`, same body: somebody takes at this price, `side` being the taker's."""
    listed, outcome, side, price, size = _place_of(venue, _asked(request))
    now_ns = venue.now_ns
    venue.world.happen(TradePrinted(now_ns, now_ns, listed.market.id, outcome, side, price, size))
    return ok({})


def tier(venue: "Venue", request: Request) -> Answer:
    """`POST /admin/tier` `{"address", "tier"}`: a signer's rates, buckets full."""
    asked = _asked(request)
    of = TIERS.get(str(asked.get("tier", "")))
    if of is None:
        return error(400, f"tier: one of {', '.join(TIERS)}")
    place = Bucket(of.place, of.place_burst, of.place_burst * MICRO, venue.now_ns)
    cancel = Bucket(of.cancel, of.cancel_burst, of.cancel_burst * MICRO, venue.now_ns)
    venue.rates.by_signer[str(asked.get("address", ""))] = Allowance(of, place, cancel)
    return ok({})


CALLS: Final = {
    ("GET", "/admin/state"): state,
    ("GET", "/admin/clock"): clock,
    ("GET", "/admin/faults"): kinds,
    ("POST", "/admin/faults"): begin,
    ("DELETE", "/admin/faults"): end,
    ("POST", "/admin/storm"): begin_storm,
    ("POST", "/admin/fund"): fund,
    ("POST", "/admin/grant"): grant,
    ("POST", "/admin/level"): level,
    ("POST", "/admin/trade"): trade,
    ("POST", "/admin/tier"): tier,
}


def answer_to(venue: "Venue", request: Request) -> Answer:
    """The answer to one command; 400 says what is wrong with it."""
    call = CALLS.get((request.method, request.path.rstrip("/")))
    if call is None:
        return error(404, f"no such command; there are {sorted({path for _, path in CALLS})}")
    try:
        return call(venue, request)
    except (KeyError, TypeError, *FAULTS) as wrong:
        return error(400, str(wrong)[:300])
