"""The live view of a run: what it thinks, holds, quotes and why, in a terminal."""

from contextlib import suppress
from functools import partial
from typing import Final

import trio
from rich import box
from rich.console import Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pmapp.maker_run.condition import Condition, condition_of
from pmapp.maker_run.preparation import Standing
from pmapp.screen_words import clock, pair_words, present_market, q_words, signed
from pmcore.account.day_result import total_realised
from pmcore.ids import OUTCOME_NAMES, OUTCOMES, slot_of
from pmcore.maker.want import TAKER_RUNG
from pmcore.market_state import MarketState
from pmcore.state import State
from pmcore.units import oracle_usd, show_cents, show_micro
from pmio.shell import Shell

EVERY_S: Final = 0.5
STYLES: Final = {"quoting": "bold green", "paused": "yellow", "starting": "yellow"}


async def show(standing: Standing, every_s: float = EVERY_S) -> None:
    """Draw until cancelled. Lines of the log appear above. `every_s` is of Trio's clock.

    The terminal is written to in a thread: it may be held (Ctrl-S), or gone without a word. One
    that cannot be written to ends the view, not the run.
    """
    with suppress(OSError), Live(picture(standing), auto_refresh=False) as live:
        while True:
            await trio.sleep(every_s)
            draw = partial(live.update, picture(standing), refresh=True)
            await trio.to_thread.run_sync(draw, abandon_on_cancel=True)


def picture(standing: Standing) -> RenderableType:
    """The whole view, from the run as it is now."""
    shell, state = standing.built.shell, standing.state
    condition = condition_of(shell, state)
    market = present_market(state)
    parts: list[RenderableType] = [_head(standing, condition), _facts(standing, market)]
    if market is not None:
        parts.append(_ladder(state, market))
    parts.append(_feeds(shell))
    return Group(*parts)


def _head(standing: Standing, condition: Condition) -> Text:
    named = standing.named
    word = condition.state
    if condition.reason not in ("", word):
        word += f": {condition.reason}"
    head = Text(f" {named.mode} at {named.venue}   {clock(condition.at_ns)}   ", "bold reverse")
    return head.append(f" {word} ", STYLES.get(condition.state, "bold red") + " reverse")


def _facts(standing: Standing, market: MarketState | None) -> Panel:
    """Price, probability, position, result."""
    state, tally = standing.state, standing.watch.tally
    usd = state.alpha.chainlink.last_usd
    rows = [("Chainlink BTC", f"{usd:,.2f} USD" if usd else "-")]
    if market is not None:
        strike = oracle_usd(market.start.price)
        up, down = market.inventory.shares
        left_s = max(0, market.terms.end_ns - state.now_ns) // 1_000_000_000
        rows += [
            ("strike", f"{strike:,.2f} USD" if strike else "not known yet"),
            ("q_up", q_words(market)),
            ("pair may cost", pair_words(market)),
            ("closes in", f"{left_s // 60}:{left_s % 60:02d}"),
            ("shares held", f"{show_micro(up)} Up, {show_micro(down)} Down"),
        ]
    ledger = tally.ledger
    rows += [
        ("fills, merges", f"{ledger.fills:,}, {tally.counts['merges']:,}"),
        ("windows settled", f"{state.totals.markets:,}"),
        ("realised / result", f"{signed(total_realised(state))} / {signed(ledger.total(state))}"),
    ]
    table = _grid(2)
    for name, text in rows:
        table.add_row(Text(name, "dim"), text)
    return Panel(table, title=market.terms.slug if market else "no window", box=box.ROUNDED)


def _ladder(state: State, market: MarketState) -> Panel:
    """Every slot with what is wanted, what rests, and the reason of either."""
    table = _grid(4)
    for outcome in OUTCOMES:
        for rung in (*range(state.rules.levels), TAKER_RUNG):
            slot = slot_of(outcome, rung)
            want, reason = market.plan.wants[slot], market.plan.reasons[slot]
            order = market.orders.get(market.slots[slot])
            if not reason and order is None:
                continue
            rests = "-" if order is None else _at(order.leaves, order.price)
            wanted = "-" if want is None else _at(want.size, want.price)
            table.add_row(f"{OUTCOME_NAMES[outcome]} {rung}", wanted, rests, reason)
    gate = market.gate or "open"
    return Panel(table, title=f"wanted, resting, why; gate: {gate}", box=box.ROUNDED)


def _feeds(shell: Shell) -> Text:
    text = Text(" ")
    for side in (shell.account, shell.market):
        for feed in side.feeds:
            meter = feed.meter
            text.append(f"{meter.name} ", "green" if meter.open else "bold red")
    return text.append(f"  events {shell.drive.events:,}, waiting {len(shell.inbox):,}", "dim")


def _at(size: int, price: int) -> str:
    return f"{show_micro(size)} @ {show_cents(price)}"


def _grid(columns: int) -> Table:
    table = Table.grid(padding=(0, 2))
    for _ in range(columns):
        table.add_column(no_wrap=True)
    return table
