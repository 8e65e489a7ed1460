"""A run in words: one line where there is no terminal, and the words of the live view."""

from datetime import UTC, datetime

from pmapp.backtest_run import Run
from pmcore.effects import (
    CancelAll,
    CancelOrder,
    Halt,
    MergePairs,
    PlaceOrder,
    RedeemShares,
)
from pmcore.events import MarketResolved, MergeConfirmed, RedeemConfirmed, TradeReported
from pmcore.ids import OUTCOME_NAMES, OUTCOMES, SIDE_NAMES
from pmcore.market_state import MarketState
from pmcore.model.regime import regime_names
from pmcore.order import FAK, FOK
from pmcore.state import RUNNING, State
from pmcore.units import ONE_DOLLAR, show_micro, show_price


def clock(at_ns: int, millis: bool = False) -> str:
    """The time of day in UTC."""
    moment = datetime.fromtimestamp(at_ns // 1_000_000 / 1_000, UTC)
    return moment.strftime("%H:%M:%S") + (f".{moment.microsecond // 1_000:03d}" if millis else "")


def present_market(state: State) -> MarketState | None:
    """The window that is open now, else the next one known, else the last."""
    known = sorted(state.markets.values(), key=lambda market: market.terms.start_ns)
    for market in known:
        if state.now_ns < market.terms.end_ns:
            return market
    return known[-1] if known else None


def estimated(market: MarketState) -> bool:
    """Whether `q_up` and the pair's price are of now: with a gate shut nobody renews them."""
    return not market.gate


def q_words(market: MarketState) -> str:
    """The probability that Up wins, as `0.497`, or a dash where it is not known now."""
    return f"{market.q_up:.3f}" if estimated(market) else "-"


def pair_words(market: MarketState) -> str:
    """What a pair of top bids may cost, and why; a dash where it is not known now."""
    if not estimated(market):
        return "-"
    return f"{market.target_total / ONE_DOLLAR:.4f}  {market.target_reason}"


def regime_words(state: State) -> str:
    """The weather, and the kill switch where it is not running."""
    names = ", ".join(regime_names(state.alpha.regime)) or "calm"
    safety = state.safety
    return names if safety.mode == RUNNING else f"{safety.mode.upper()}: {safety.why}"


def signed(micros: int) -> str:
    """Micro-dollars as `+1.23`."""
    return f"{micros / 1e6:+,.2f}"


def act_words(thing: object) -> tuple[str, str]:
    """One decision or one piece of news in words, and its style."""
    if isinstance(thing, PlaceOrder):
        kind = " at once" if thing.kind in (FOK, FAK) else ""
        what = f"{SIDE_NAMES[thing.side].lower()} {show_micro(thing.size)} {_name(thing.outcome)}"
        text = f"post {what} @ {show_price(thing.price)}{kind}  #{thing.order}  ({thing.why})"
        return text, ""
    if isinstance(thing, CancelOrder):
        return f"cancel #{thing.order}  ({thing.why})", "dim"
    if isinstance(thing, CancelAll):
        return f"cancel everything  ({thing.why})", "bold red"
    if isinstance(thing, MergePairs):
        return f"merge {show_micro(thing.size)} pairs  ({thing.why})", ""
    if isinstance(thing, RedeemShares):
        return "redeem what is left of the window", ""
    if isinstance(thing, Halt):
        return f"halt  ({thing.why})", "bold red"
    return _news(thing)


def _news(thing: object) -> tuple[str, str]:
    if isinstance(thing, TradeReported):
        role = "" if thing.maker else " as taker"
        price = show_price(thing.price)
        name = _name(thing.outcome)
        return f"FILLED {show_micro(thing.size)} {name} @ {price}{role}  #{thing.order}", "yellow"
    if isinstance(thing, MergeConfirmed):
        return f"MERGED {show_micro(thing.size)} pairs into cash", "cyan"
    if isinstance(thing, RedeemConfirmed):
        return f"REDEEMED for {show_micro(thing.payout)} USDC", "cyan"
    if isinstance(thing, MarketResolved):
        winner = {10_000: "Up", 0: "Down"}.get(thing.payout_up, "neither")
        return f"SETTLED: {winner} won", "bold cyan"
    return str(thing), ""


def line(run: Run) -> str:
    """The run as it is now, in one line of a fixed order."""
    state = run.state
    market = present_market(state)
    usd = state.alpha.chainlink.last_usd
    parts = [clock(run.now_ns), f"BTC {usd:10,.2f}"]
    if market is not None:
        strike = market.start.price / 1e12
        apart = f"{(usd / strike - 1.0) * 1e4:+6.1f} bp" if strike and usd else "no strike"
        parts += [f"{apart:>9}", f"q_up {q_words(market):<5}"]
        for outcome in OUTCOMES:
            book = market.books[outcome]
            touch = f"{book.best_bid / 1e4:.4g}/{book.best_ask / 1e4:.4g}"
            parts.append(f"{_name(outcome)} {touch:<11}")
        parts.append(f"unpaired {market.inventory.unpaired / 1e6:+6.1f}")
    merged = state.totals.pairs_merged
    merged += sum(m.inventory.pairs_merged for m in state.markets.values())
    parts += [
        f"fills {run.ledger.fills:4d}",
        f"pairs {merged / 1e6:6.1f}",
        f"P&L {run.ledger.total(state) / 1e6:+8.2f}",
        regime_words(state),
    ]
    if market is not None and market.gate:
        parts.append(f"not quoting: {market.gate}")
    return "  ".join(parts)


def _name(outcome: int) -> str:
    return OUTCOME_NAMES[outcome]
