"""Faults of answers, modes, accounts and the chain (classes 3 to 6, 9 and 10)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pmapp.local_venue.answer_faults import FATES, GROUPS, AnswerFault
from pmapp.local_venue.fault_sockets import nothing
from pmcore.sim.floor import NORMAL, POST_ONLY, RESTARTING
from pmcore.units import MICRO, SECOND

if TYPE_CHECKING:
    from pmapp.local_venue.venue import Venue
    from pmapp.local_venue.wallets import Wallet

Params = dict[str, Any]
Undo = Callable[[], None]
Begin = Callable[["Venue", Params], Undo]


def flag(name: str) -> Begin:
    """A switch of `Faults` that is on or off."""

    def begin(venue: "Venue", params: Params) -> Undo:
        setattr(venue.faults, name, True)
        return lambda: setattr(venue.faults, name, False)

    return begin


def number(name: str) -> Begin:
    """A probability of `Faults`, given as `p`."""

    def begin(venue: "Venue", params: Params) -> Undo:
        setattr(venue.faults, name, float(params["p"]))
        return lambda: setattr(venue.faults, name, 0.0)

    return begin


def sim(name: str) -> Begin:
    """A probability of the simulated exchange, given as `p`."""

    def begin(venue: "Venue", params: Params) -> Undo:
        venue.faults.set_rates(venue, **{name: float(params["p"])})
        return lambda: venue.faults.set_rates(venue, **{name: 0.0})

    return begin


def answer(venue: "Venue", params: Params) -> Undo:
    """Answers of a group of endpoints go wrong."""
    if params["on"] not in GROUPS:
        raise ValueError(f"on: {params['on']!r} is none of {', '.join(GROUPS)}")
    if params["fate"] and params["fate"] not in FATES:
        raise ValueError(f"fate: {params['fate']!r} is none of {', '.join(FATES)}")
    fault = AnswerFault(
        str(params["on"]),
        float(params["p"]),
        bool(params["applied"]),
        int(params["status"]),
        str(params["text"]),
        int(params["retry_after"]),
        FATES.get(str(params["fate"]), ""),
        int(params["delay_ms"]),
        bool(params["garbage"]),
        int(params["count"]),
    )
    venue.faults.answers.append(fault)

    def undo() -> None:
        venue.faults.answers[:] = [f for f in venue.faults.answers if f is not fault]

    return undo


def mode(venue: "Venue", params: Params) -> Undo:
    """The venue's trading mode."""
    venue.exchange.set_mode(str(params["mode"]), venue.now_ns)
    venue.settle()

    def undo() -> None:
        venue.exchange.set_mode(NORMAL, venue.now_ns)
        venue.settle()

    return undo


def restart(venue: "Venue", params: Params) -> Undo:
    """The engine restarts: 425 for everything, then "post-only ... ~2 min" (section 3.6)."""
    exchange = venue.exchange
    exchange.set_mode(RESTARTING, venue.now_ns)
    venue.settle()
    back_ns = venue.now_ns + round(float(params["down_s"]) * SECOND)
    open_ns = venue.faults.open_ns = back_ns + round(float(params["post_only_s"]) * SECOND)

    def change(wanted: str, then: str) -> None:
        if exchange.floor.mode == wanted:
            exchange.set_mode(then, venue.now_ns)
            venue.settle()

    venue.timers.at(back_ns, lambda _: change(RESTARTING, POST_ONLY))
    venue.timers.at(open_ns, lambda _: change(POST_ONLY, NORMAL))

    def undo() -> None:
        venue.faults.open_ns = 0
        exchange.set_mode(NORMAL, venue.now_ns)

    return undo


def closed_only(venue: "Venue", params: Params) -> Undo:
    """One address, or everyone."""
    address = str(params["address"])
    if not address:
        return flag("everyone_closed")(venue, params)
    venue.faults.closed_only[address] = None
    return lambda: venue.faults.closed_only.pop(address, None)


def geoblock(venue: "Venue", params: Params) -> Undo:
    """We seem to come from a country that may not trade."""
    venue.faults.blocked_in = str(params["country"])
    return lambda: setattr(venue.faults, "blocked_in", "")


def banned(venue: "Venue", params: Params) -> Undo:
    """One address."""
    address = str(params["address"])
    venue.faults.banned[address] = None
    return lambda: venue.faults.banned.pop(address, None)


def debt(venue: "Venue", params: Params) -> Undo:
    """Every signer's cancel bucket falls below zero; it fills again by itself."""
    for signer in list(venue.rates.by_signer):
        bucket = venue.rates.of(signer, venue.now_ns).cancel
        bucket.tokens = -int(params["tokens"]) * 1_000_000
    return nothing


def wallets_of(venue: "Venue", address: str) -> "list[Wallet]":
    """One wallet, or all. ValueError for an address that is not known."""
    if not address:
        return list(venue.wallets.by_address.values())
    wallet = venue.wallet(address)
    if wallet is None:
        raise ValueError(f"address: no wallet {address}")
    return [wallet]


def phantom_lock(venue: "Venue", params: Params) -> Undo:
    """Cash counts as reserved although no order reserves it."""
    amount = round(float(params["usd"]) * MICRO)
    locked = [
        venue.exchange.account(wallet.account)
        for wallet in wallets_of(venue, str(params["address"]))
    ]
    for account in locked:
        account.reserved += amount

    def undo() -> None:
        for account in locked:
            account.reserved -= amount

    return undo


def stale_positions(venue: "Venue", params: Params) -> Undo:
    """Positions are cached at the first look and not renewed."""
    venue.faults.positions_frozen = {}
    return lambda: setattr(venue.faults, "positions_frozen", None)


def stale_balance(venue: "Venue", params: Params) -> Undo:
    """Balances are cached at the first look, until an update is asked for."""
    venue.faults.cash_frozen = {}
    return lambda: setattr(venue.faults, "cash_frozen", None)


def allowance(venue: "Venue", params: Params) -> Undo:
    """A spender (or every one) is allowed nothing."""
    spender = str(params["spender"])
    found = wallets_of(venue, str(params["address"]))
    before = [(dict(of.cash_allowances), dict(of.share_approvals)) for of in found]
    for wallet in found:
        for name in [n for n in wallet.cash_allowances if spender in ("", n)]:
            wallet.cash_allowances[name] = 0
        for name in [n for n in wallet.share_approvals if spender in ("", n)]:
            wallet.share_approvals[name] = False

    def undo() -> None:
        for wallet, (cash, shares) in zip(found, before, strict=True):
            wallet.cash_allowances, wallet.share_approvals = cash, shares

    return undo


def broken_beat(venue: "Venue", params: Params) -> Undo:
    """The next heartbeats are answered with 400 and another id."""
    venue.faults.beats_broken = int(params["count"])
    return lambda: setattr(venue.faults, "beats_broken", 0)
