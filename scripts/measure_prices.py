"""Bitcoin's volatility, recorded and synthetic: rows of the comparison table."""

import math
import statistics
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from measure_nature import at, short, shown
from recorded import rows_of

Prices = dict[int, float]
"""Second -> Chainlink's price in dollars."""
Figure = Callable[[list[Prices]], str]
"""A figure of some days, as the table shows it."""
SOURCE = "chainlink_5m_day 2026-07-24"


def price_rows(folder: Path) -> list[tuple[str, ...]]:
    """Bitcoin's volatility, from Chainlink ticks."""
    day = {
        int(row["feed_ts_ms"]) // 1000: float(row["value"])
        for row in rows_of(folder / "chainlink_5m_day/BTCUSD-prices-2026-07-24.csv.gz")
    }
    made = short().prices
    figures: list[tuple[str, Figure]] = [
        (f"BTC volatility over {span} s, bp (p99.9 of moves)", deviation(span))
        for span in (1, 60, 300)
    ]
    figures.append(("one-second volatility of 5-minute slots, bp, p10 / p50 / p90", regimes))
    figures.append(("correlation of successive one-second moves", echo))
    return [(name, SOURCE, figure([day]), figure(made)) for name, figure in figures]


def returns(prices: Prices, span: int) -> list[float]:
    """Log returns in basis points."""
    return [
        1e4 * math.log(price / prices[second - span])
        for second, price in prices.items()
        if second - span in prices
    ]


def deviation(span: int) -> Figure:
    """Standard deviation and 99.9 % quantile of returns over a span in seconds."""

    def figure(days: list[Prices]) -> str:
        moves = [abs(move) for prices in days for move in returns(prices, span)]
        root = math.sqrt(statistics.mean(move * move for move in moves))
        return f"{root:.2f} ({at(moves, 0.999)[0]:.1f})"

    return figure


def regimes(days: list[Prices]) -> str:
    """Root mean square of one-second returns over 5 minutes, p10 / p50 / p90."""
    roots = []
    for prices in days:
        by_slot: dict[int, list[float]] = defaultdict(list)
        for second, price in prices.items():
            if second - 1 in prices:
                by_slot[second // 300].append(1e4 * math.log(price / prices[second - 1]))
        roots += [
            math.sqrt(statistics.mean(move * move for move in moves))
            for moves in by_slot.values()
            if len(moves) > 200
        ]
    return shown(at(roots, 0.1, 0.5, 0.9), 2)


def echo(days: list[Prices]) -> str:
    """Correlation of a one-second return with the one before."""
    pairs = [
        (prices[s] / prices[s - 1] - 1, prices[s - 1] / prices[s - 2] - 1)
        for prices in days
        for s in prices
        if s - 1 in prices and s - 2 in prices
    ]
    return f"{statistics.correlation([a for a, _ in pairs], [b for _, b in pairs]):.2f}"
