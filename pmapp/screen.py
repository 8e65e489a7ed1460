"""The live view of a run: a pure function from the run as it is now to what a terminal shows."""

from typing import Final

from rich import box
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pmapp.backtest_run import Run
from pmapp.screen_words import (
    act_words,
    clock,
    pair_words,
    present_market,
    q_words,
    regime_words,
    signed,
)
from pmcore.account.day_result import total_realised
from pmcore.ids import DOWN, OUTCOME_NAMES, UP
from pmcore.market_state import MarketState
from pmcore.order import LIVE
from pmcore.units import oracle_usd, show_cents

LEVELS: Final = 4
ACTS: Final = 7
SIDE_WIDTH: Final = 48
STYLES: Final = ("green", "red")


def screen(
    run: Run, title: str, speed: float, share: float, width: int = 2 * SIDE_WIDTH + 2
) -> RenderableType:
    """The whole view, at most `width` columns wide.

    `speed` is world time over wall time, `share` how much of the run is done.
    """
    # Rich pads behind the second column too.
    side = min(SIDE_WIDTH, (width - 2) // 2)
    state = run.state
    market = present_market(state)
    head = Text(f" {title}   {clock(run.now_ns)}   {speed:,.0f}x   {share:4.0%} ", "bold reverse")
    top = Columns([_model(run, market, side), _account(run, market, side)], width=side)
    if market is None:
        books: RenderableType = Panel("between windows", width=2 * side + 1, height=2 * LEVELS + 2)
    else:
        books = Columns([_book(market, UP, side), _book(market, DOWN, side)], width=side)
    return Group(head, top, books, _acts(run, 2 * side + 1))


def _lines(title: str, rows: list[tuple[str, str]], width: int) -> Panel:
    table = Table.grid(padding=(0, 2))
    # Where it is narrow the values give way, not their names.
    table.add_column(style="dim", no_wrap=True, min_width=max(len(name) for name, _ in rows))
    table.add_column(no_wrap=True)
    for name, text in rows:
        table.add_row(name, text)
    return Panel(table, title=title, title_align="left", width=width, box=box.ROUNDED)


def _model(run: Run, market: MarketState | None, width: int) -> Panel:
    """Clock, bitcoin against the strike, probability, regime."""
    state = run.state
    usd = state.alpha.chainlink.last_usd
    rows = [("Chainlink BTC", f"{usd:,.2f} USD" if usd else "-")]
    if market is None:
        rows += [
            (name, "-") for name in ("strike", "q_up", "pair may cost", "closes in", "quoting")
        ]
    else:
        strike = oracle_usd(market.start.price)
        apart = f"  ({(usd / strike - 1.0) * 1e4:+.1f} bp)" if strike and usd else ""
        left = max(0, market.terms.end_ns - state.now_ns) // 1_000_000_000
        rows += [
            ("strike", f"{strike:,.2f}{apart}" if strike else "not known yet"),
            ("q_up", f"[b]{q_words(market)}[/b]"),
            ("pair may cost", pair_words(market)),
            ("closes in", f"{left // 60}:{left % 60:02d}"),
            ("quoting", "[green]yes[/green]" if not market.gate else f"no: {market.gate}"),
        ]
    rows.append(("regime", regime_words(state)))
    return _lines(market.terms.slug if market else "market", rows, width)


def _account(run: Run, market: MarketState | None, width: int) -> Panel:
    """Inventory, pairs, results."""
    state = run.state
    split = run.ledger.split(state)
    merged = state.totals.pairs_merged
    merged += sum(m.inventory.pairs_merged for m in state.markets.values())
    up = down = 0.0
    if market is not None:
        up, down = (shares / 1e6 for shares in market.inventory.shares)
    total = split.total / 1e6
    colour = "green" if total >= 0 else "red"
    rows = [
        ("shares held", f"{up:,.1f} Up, {down:,.1f} Down"),
        ("unpaired", f"{up - down:+,.1f} shares"),
        ("pairs merged", f"{merged / 1e6:,.1f}   fills {run.ledger.fills:,}"),
        ("cash", f"{state.cash / 1e6:,.2f} USDC"),
        ("realised", signed(total_realised(state))),
        ("P&L", f"[b {colour}]{total:+,.2f}[/] USDC"),
        ("spread, adverse", f"{signed(split.spread)}, {signed(split.adverse_selection)}"),
    ]
    return _lines("paper account", rows, width)


def _book(market: MarketState, outcome: int, width: int) -> Panel:
    """The top levels of one token, ours marked: how many shares of each level are our bids."""
    book = market.books[outcome]
    ours: dict[int, int] = {}
    for order in market.orders.values():
        if order.outcome == outcome and order.status == LIVE:
            ours[order.price] = ours.get(order.price, 0) + order.leaves
    table = Table.grid(padding=(0, 2))
    table.add_column(width=5)
    table.add_column(justify="right", width=7)
    table.add_column(justify="right", width=10)
    table.add_column(justify="right", width=12)
    asks = sorted(book.asks)[:LEVELS]
    for price in reversed([*asks, *[0] * (LEVELS - len(asks))]):
        table.add_row(*_level("ask", price, book.asks, ours, "red"))
    bids = sorted({*book.bids, *ours}, reverse=True)[:LEVELS]
    for price in [*bids, *[0] * (LEVELS - len(bids))]:
        table.add_row(*_level("bid", price, book.bids, ours, "green"))
    name = OUTCOME_NAMES[outcome]
    title = f"{name}{'' if book.valid else ' (invalid)'}"
    return Panel(table, title=title, title_align="left", width=width, box=box.ROUNDED)


def _level(
    side: str, price: int, levels: dict[int, int], ours: dict[int, int], style: str
) -> tuple[Text, ...]:
    if not price:
        return Text(), Text(), Text(), Text()
    mine = ours.get(price, 0) if side == "bid" else 0
    return (
        Text(side, "dim"),
        Text(show_cents(price), style),
        Text(f"{levels.get(price, 0) / 1e6:,.1f}"),
        Text(f"<- us {mine / 1e6:,.1f}" if mine else "", "bold yellow"),
    )


def _acts(run: Run, width: int) -> Panel:
    """The latest decisions with their reasons, and the latest fills."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis")
    latest = list(run.recent)[-ACTS:]
    for at_ns, thing in reversed(latest):
        words, style = act_words(thing)
        table.add_row(clock(at_ns, millis=True), Text(words, style))
    for _ in range(ACTS - len(latest)):
        table.add_row("", "")
    return Panel(
        table,
        title="last decisions and fills",
        title_align="left",
        width=width,
        box=box.ROUNDED,
    )
