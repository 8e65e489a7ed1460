"""Every fault that can be switched on, by name: what it does, its parameters, how it begins.

A fault begins by throwing switches and returns what throws them back. `docs/venue.md` shows this
table; the number is the class of `field.md` that it belongs to.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pmapp.local_venue import fault_accounts, fault_books, fault_markets, fault_sockets

if TYPE_CHECKING:
    from pmapp.local_venue.venue import Venue

Params = dict[str, Any]
Undo = Callable[[], None]
Begin = Callable[["Venue", Params], Undo]


class Kind(msgspec.Struct, frozen=True):
    """One kind of fault."""

    group: int
    text: str
    begin: Begin
    params: dict[str, Any] = {}
    """Names and default values; a parameter that is not named here is refused."""


def _k(group: int, words: str, begin: Begin, /, **params: Any) -> Kind:
    return Kind(group, words, begin, params)


_CHANNEL: Final = "market"
KINDS: Final[dict[str, Kind]] = {
    # 1. sockets
    "stall": _k(1, "nothing but pongs on a channel; `asset` for one token only",
                fault_sockets.stall, channel=_CHANNEL, asset=""),
    "hold": _k(1, "a channel is silent, then everything comes in one burst",
               fault_sockets.hold, channel=_CHANNEL),
    "lose": _k(1, "frames are lost", fault_sockets.rate("lose"), channel=_CHANNEL, p=0.05),
    "duplicate": _k(1, "frames come twice", fault_sockets.rate("double"), channel=_CHANNEL, p=0.1),
    "reorder": _k(1, "frames swap places", fault_sockets.rate("swap"), channel=_CHANNEL, p=0.1),
    "lost_ack": _k(1, "the next subscription is neither heard nor answered",
                   fault_sockets.lost_ack, channel=_CHANNEL),
    "garbage": _k(1, "one bad frame of the given sort to every connection",
                  fault_sockets.send_garbage, channel=_CHANNEL, sort="text"),
    "close": _k(1, "every connection is closed", fault_sockets.close,
                channel=_CHANNEL, code=1001, reason="going away"),
    "cut": _k(1, "every connection ends without a close frame", fault_sockets.cut,
              channel=_CHANNEL),
    "refuse": _k(1, "new connections are turned away", fault_sockets.refuse, channel=_CHANNEL),
    "no_pong": _k(1, "pings are not answered", fault_sockets.no_pong, channel=_CHANNEL),
    "flood": _k(1, "so many level changes a second, in whole thousands",
                fault_books.flood, slug="", per_s=20_000),
    # 2. books
    "one_sided": _k(2, "a market shows no asks (or no bids)", fault_books.one_sided,
                    slug="", side="asks"),
    "crossed": _k(2, "a market shows a bid above its best ask", fault_books.crossed, slug=""),
    "empty": _k(2, "a market shows nothing", fault_books.empty, slug=""),
    "placeholder": _k(2, "a market shows 0.01 and 0.99 only", fault_books.placeholder, slug=""),
    "wrong_side": _k(2, "a change is told on the wrong side", fault_books.spoil("wrong_side"),
                     slug="", p=0.2),
    "wrong_hash": _k(2, "a group carries a checksum that is not its own",
                     fault_books.spoil("wrong_hash"), slug="", p=0.2),
    "reversed": _k(2, "books come with their best level first", fault_books.spoil("reversed"),
                   slug="", p=1.0),
    "trade_first": _k(
        2,
        "a trade is told before the changes that it made, whose checksums know of it",
        fault_books.spoil("trade_first"),
        slug="",
        p=1.0,
    ),
    "tick_change": _k(2, "another tick for both tokens", fault_books.tick_change,
                      slug="", tick="0.001"),
    # 3. answers
    "answer": _k(3, "answers of a group (place, cancel, beat, auth, book, orders, trades, balance, "
                 "gamma, data, relayer, clob, any) become `status`; `applied` says whether the "
                 "venue does it all the same; `fate` is silent, cut or torn",
                 fault_accounts.answer, on="place", p=1.0, count=-1, applied=False, status=0,
                 text="", retry_after=0, fate="", delay_ms=0, garbage=False),
    "partial_batch": _k(3, "legs of a batch are refused", fault_accounts.number("legs_lost"),
                        p=0.3),
    "delayed": _k(3, "held orders are answered `delayed` at once",
                  fault_accounts.flag("answers_delayed")),
    "mode": _k(3, "normal, post_only, cancel_only, restarting or disabled",
               fault_accounts.mode, mode="cancel_only"),
    "restart": _k(3, "the engine is down (425), then post-only",
                  fault_accounts.restart, down_s=5.0, post_only_s=120.0),
    "closed_only": _k(3, "an address, or everyone, may only close positions",
                      fault_accounts.closed_only, address=""),
    "geoblock": _k(
        3, "/api/geoblock says that we may not trade", fault_accounts.geoblock, country="US"
    ),
    "banned": _k(3, "an address is banned", fault_accounts.banned, address=""),
    "version_flip": _k(3, "a market wants the other order version", fault_markets.version_flip,
                       slug=""),
    # 4. cancels
    "cancel_race": _k(4, "a taker hits part of an order just before its cancel",
                      fault_accounts.number("races"), p=0.5),
    "debt": _k(4, "every signer's cancel bucket is in debt", fault_accounts.debt, tokens=50),
    # 5. fills
    "user_late": _k(5, "the user channel is late: answers and cancels overtake fills",
                    fault_sockets.user_late, ms=500),
    "trade_failed": _k(5, "trades go RETRYING, then FAILED", fault_accounts.sim("trade_failed"),
                       p=0.3),
    "trade_doubled": _k(5, "trade events come twice", fault_accounts.number("trades_doubled"),
                        p=0.5),
    "trades_hidden": _k(5, "/data/trades is empty", fault_accounts.flag("trades_hidden")),
    "dust": _k(5, "fills of a few micro-shares more or less", fault_accounts.number("dust"), p=0.5),
    # 6. balances
    "phantom_lock": _k(6, "cash is locked by orders that do not exist",
                       fault_accounts.phantom_lock, address="", usd=1_000_000.0),
    "stale_positions": _k(6, "the Data API keeps showing what it shows now",
                          fault_accounts.stale_positions),
    "stale_balance": _k(6, "/balance-allowance keeps showing what it shows now",
                        fault_accounts.stale_balance),
    "allowance": _k(6, "the exchange may not spend", fault_accounts.allowance,
                    address="", spender=""),
    # 7. reference prices
    "oracle_hole": _k(7, "chainlink, binance or twap_60 is not published",
                      fault_markets.oracle_hole, source="chainlink"),
    "oracle_back": _k(7, "stamps of a source are too old", fault_markets.oracle_back,
                      source="chainlink", ms=3000),
    "tie": _k(7, "a window ends exactly where it began", fault_markets.tie, slug=""),
    "clock_skew": _k(7, "/time is wrong", fault_markets.clock_skew, seconds=30),
    # 8. market life
    "hidden_tokens": _k(8, "a listing has no token ids yet", fault_markets.hidden_tokens, slug=""),
    "unlisted": _k(8, "Gamma does not know a slug", fault_markets.unlisted, slug=""),
    "resolve": _k(8, "a market resolves now; `payout_up` is 1, 0 or 0.5", fault_markets.resolve,
                  slug="", payout_up=0.5),
    "rule_text": _k(8, "the text of a market's rule changes", fault_markets.rule_text,
                    slug="", text="This market resolves otherwise."),
    # 9. process
    "broken_beat": _k(9, "heartbeats meet another expected id", fault_accounts.broken_beat,
                      count=3),
    # 10. chain
    "relayer_stuck": _k(10, "transactions stay in STATE_NEW", fault_accounts.flag("relayer_stuck")),
    "relayer_failing": _k(10, "transactions end in STATE_FAILED",
                          fault_accounts.flag("relayer_failing")),
    "merge_unknown": _k(10, "merges are silent for long", fault_accounts.sim("merge_unknown"),
                        p=0.5),
    "redeem_unknown": _k(10, "redemptions are silent for long",
                         fault_accounts.sim("redeem_unknown"), p=0.5),
}  # fmt: skip


class Active(msgspec.Struct):
    """A fault that is on."""

    number: int
    kind: str
    params: dict[str, Any]
    until_ns: int
    """0 for until it is healed."""
    undo: Undo

    def shown(self) -> dict[str, Any]:
        """For the admin's list."""
        return {"number": self.number, "kind": self.kind, "until_ns": self.until_ns} | self.params


class Switchboard:
    """Switches faults on and off by name."""

    __slots__ = ("_count", "active", "venue")

    def __init__(self, venue: "Venue") -> None:
        self.venue = venue
        self.active: dict[int, Active] = {}
        self._count = 0

    def begin(self, kind: str, for_s: float = 0.0, **params: Any) -> Active:
        """Switch a fault on, for good or for `for_s` venue seconds.

        Raises ValueError for a kind, a parameter or a value that is not known.
        """
        known = KINDS.get(kind)
        if known is None:
            raise ValueError(f"no fault {kind!r}; there are {', '.join(KINDS)}")
        strange = [name for name in params if name not in known.params]
        if strange:
            raise ValueError(f"{kind}: no parameter {strange[0]!r}; it has {list(known.params)}")
        whole = known.params | params
        undo = known.begin(self.venue, whole)
        self._count += 1
        until_ns = self.venue.now_ns + round(for_s * 1e9) if for_s > 0 else 0
        fault = Active(self._count, kind, whole, until_ns, undo)
        self.active[fault.number] = fault
        if until_ns:
            self.venue.timers.at(until_ns, lambda _: self.end(fault.number))
        return fault

    def mode_ends_ns(self) -> int:
        """When the venue's mode ends by what has been ordered; 0 where nobody knows."""
        ends = (fault.until_ns for fault in self.active.values() if fault.kind == "mode")
        return max(self.venue.faults.open_ns, *ends, 0)

    def end(self, number: int) -> None:
        """Switch one fault off; nothing happens if it is off."""
        fault = self.active.pop(number, None)
        if fault is not None:
            fault.undo()

    def heal(self) -> None:
        """Switch everything off, the newest first."""
        for number in sorted(self.active, reverse=True):
            self.end(number)
