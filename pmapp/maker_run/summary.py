"""What a run did, told at its end: counts, result and money in micro-dollars."""

from typing import Any, Final

import msgspec

from pmapp.maker_run.money import Reconciled
from pmapp.maker_run.tally import Tally
from pmcore.account.day_result import total_realised
from pmcore.state import State
from pmcore.units import MICRO, SECOND

EXITS: Final = {
    0: "stopped: everything cancelled, the journal closed",
    70: "a failure of ours; everything was cancelled",
    71: "the venue did not confirm that everything was cancelled",
    72: "the stop took too long; everything was cancelled all the same",
    73: "told twice to stop",
}
"""Exit codes of a run that had begun (docs/operating.md)."""


class Beginning(msgspec.Struct, frozen=True):
    """What the sums of this run are counted from."""

    at_ns: int
    realised: int
    fees: int
    windows: int

    @classmethod
    def of(cls, state: State, at_ns: int) -> "Beginning":
        """Now."""
        return cls(at_ns, total_realised(state), fees(state), state.totals.markets)


class Summary(msgspec.Struct, frozen=True):
    """The end of a run. Money is in micro-dollars, pairs and shares in millionths."""

    run_id: str
    mode: str
    venue: str
    exit_code: int
    ended: str
    seconds: float
    """Of the venue's time."""
    windows_settled: int
    windows: list[dict[str, Any]]
    """Of this run, in the order of their end: those in which something was filled."""
    orders: dict[str, int]
    rejects: dict[str, int]
    fills: int
    maker_fills: int
    merges: int
    pairs_merged: int
    redemptions: int
    redeemed: int
    realised: int
    open_gain: int
    """Of shares still held, at their last mid, above their cost."""
    fees: int
    rebate_estimate: int
    balance: Reconciled | None
    journal: str
    events: int
    digest: str

    @property
    def result(self) -> int:
        """Realised, and open shares at their last mid."""
        return self.realised + self.open_gain


class Named(msgspec.Struct, frozen=True):
    """What a run is called and where it was."""

    run_id: str
    mode: str
    venue: str
    journal: str


def summary_of(
    named: Named,
    state: State,
    tally: Tally,
    begun: Beginning,
    exit_code: int,
    balance: Reconciled | None,
    recorded: tuple[int, str],
) -> Summary:
    """Put the summary together. `recorded` is the journal's number of events and digest."""
    ledger, counts = tally.ledger, tally.counts
    realised = total_realised(state) - begun.realised
    return Summary(
        run_id=named.run_id,
        mode=named.mode,
        venue=named.venue,
        exit_code=exit_code,
        ended=EXITS.get(exit_code, "unknown"),
        seconds=max(0, state.now_ns - begun.at_ns) / SECOND,
        windows_settled=state.totals.markets - begun.windows,
        windows=[msgspec.to_builtins(row) for row in ledger.rows],
        orders={
            name: counts[name]
            for name in (
                "orders_placed",
                "orders_accepted",
                "cancels_asked",
                "orders_unknown",
                "strays_cancelled",
            )
        },
        rejects=dict(sorted(tally.rejects.items())),
        fills=ledger.fills,
        maker_fills=ledger.maker_fills,
        merges=counts["merges"],
        pairs_merged=tally.pairs_merged,
        redemptions=counts["redemptions"],
        redeemed=tally.redeemed,
        realised=realised,
        open_gain=ledger.total(state) - total_realised(state),
        fees=fees(state) - begun.fees,
        rebate_estimate=ledger.rebate_estimate(),
        balance=balance,
        journal=named.journal,
        events=recorded[0],
        digest=recorded[1],
    )


def fees(state: State) -> int:
    """Taker fees paid since the journal began."""
    return state.totals.fees + sum(m.inventory.fees for m in state.markets.values())


def lines(summary: Summary) -> list[str]:
    """The summary for people."""
    s = summary
    told = [
        f"{s.run_id} at {s.venue}: {s.ended}",
        f"  {s.seconds / 60:,.1f} min of the venue's time, {s.windows_settled} windows settled",
        f"  {s.orders['orders_placed']:,} orders, {s.fills:,} fills "
        f"({s.maker_fills:,} as maker), {sum(s.rejects.values()):,} refused",
        f"  {s.merges:,} merges of {s.pairs_merged / MICRO:,.2f} pairs, "
        f"{s.redemptions:,} redemptions for {_usd(s.redeemed)} USDC",
        f"  result {_usd(s.result)} USDC: realised {_usd(s.realised)}, open {_usd(s.open_gain)}",
        f"  taker fees {_usd(s.fees)}, rebates expected {_usd(s.rebate_estimate)}",
    ]
    if s.balance is not None:
        told.append(f"  {_money(s.balance)}")
    told.append(f"  journal {s.journal}: {s.events:,} events, digest {s.digest}")
    return told


def _usd(micros: int) -> str:
    return f"{micros / MICRO:,.6f}"


def _money(balance: Reconciled) -> str:
    if balance.venue is None:
        return "balance: the venue did not answer"
    there = f"balance {_usd(balance.venue)} USDC"
    if balance.equal:
        return f"{there}, as the books say, to the micro-dollar"
    flight = f"; {balance.in_flight} operations in flight" if balance.in_flight else ""
    return f"{there}, the books say {_usd(balance.expected)}: {balance.difference} micros{flight}"
