"""One window: both books, our quotes and fills, the probability and bitcoin against the strike."""

from typing import Final

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pmapp.backtest_series import Mark, WindowSeries
from pmapp.plots import ACCENT, DOWN_COLOUR, GREY, INK, UP_COLOUR
from pmcore.ids import DOWN, OUTCOME_NAMES, UP

SIZES: Final = (18.0, 90.0)
"""Smallest and largest area of a fill's mark."""


def window(shown: WindowSeries) -> Figure:
    """Three panels over the seconds of one window."""
    series = shown.series
    at = np.array(series.column("at_s")) - shown.start_s
    figure, panels = plt.subplots(
        3, 1, figsize=(12, 9.6), sharex=True, height_ratios=(3, 3, 2), layout="constrained"
    )
    for panel, outcome in zip(panels, (UP, DOWN), strict=False):
        _book(panel, shown, at, outcome)
    _probability(panels[2], shown, at)
    ended = {10_000: "Up won", 0: "Down won", -1: "not resolved"}.get(shown.payout_up, "split")
    figure.suptitle(
        f"Quotes against the book: {shown.slug} ({ended}, {len(shown.marks)} fills)",
        x=0.01,
        ha="left",
        fontweight="bold",
    )
    panels[2].set_xlabel("seconds since the window began")
    panels[2].set_xlim(0.0, shown.end_s - shown.start_s)
    return figure


def _book(axes: Axes, shown: WindowSeries, at: np.ndarray, outcome: int) -> None:
    """Best bid and ask as a band, our top bid as a line, fills as marks."""
    name = OUTCOME_NAMES[outcome].lower()
    colour = UP_COLOUR if outcome == UP else DOWN_COLOUR
    bid, ask, ours = (
        np.array(shown.series.column(f"{name}_{what}")) for what in ("bid", "ask", "quote")
    )
    axes.fill_between(
        at, bid, ask, step="post", color=GREY, alpha=0.35, linewidth=0, label="best bid to best ask"
    )
    axes.step(at, bid, where="post", color=GREY, linewidth=0.7)
    axes.step(at, ask, where="post", color=GREY, linewidth=0.7)
    axes.step(at, ours, where="post", color=ACCENT, linewidth=1.5, label="our top bid")
    for maker, shape, label in ((True, "o", "our fill"), (False, "D", "our fill as taker")):
        marks = [m for m in shown.marks if m.outcome == outcome and m.maker is maker]
        if marks:
            axes.scatter(
                [mark.at_s - shown.start_s for mark in marks],
                [mark.price for mark in marks],
                s=_areas(marks),
                marker=shape,
                color=colour,
                edgecolor="white",
                linewidth=0.6,
                zorder=3,
                label=label,
            )
    axes.set_ylabel(f"{OUTCOME_NAMES[outcome]}, USDC per share")
    axes.set_title(f"{OUTCOME_NAMES[outcome]} token")
    _zoom(axes, np.concatenate([bid, ask, ours]))
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=4, borderaxespad=0.1)


def _areas(marks: list[Mark]) -> list[float]:
    largest = max(mark.size for mark in marks)
    low, high = SIZES
    return [low + (high - low) * mark.size / largest for mark in marks]


def _zoom(axes: Axes, prices: np.ndarray) -> None:
    """Room for what was quoted, never beyond a dollar."""
    known = prices[np.isfinite(prices)]
    if len(known):
        margin = max(0.02, 0.05 * float(known.max() - known.min()))
        axes.set_ylim(max(0.0, known.min() - margin), min(1.0, known.max() + margin))


def _probability(axes: Axes, shown: WindowSeries, at: np.ndarray) -> None:
    """q_up on the left axis, bitcoin's distance from the strike on the right one."""
    q_up = np.array(shown.series.column("q_up"))
    up_mid = (
        np.array(shown.series.column("up_bid")) + np.array(shown.series.column("up_ask"))
    ) / 2.0
    axes.step(at, up_mid, where="post", color=GREY, linewidth=1.0, label="market's mid of Up")
    axes.step(at, q_up, where="post", color=INK, linewidth=1.5, label="model's q_up, while quoting")
    axes.axhline(0.5, color=GREY, linewidth=0.8, linestyle=":")
    axes.set_ylim(0.0, 1.0)
    axes.set_ylabel("probability of Up")
    axes.set_title("Probability and bitcoin")
    handles, labels = axes.get_legend_handles_labels()
    if shown.strike_usd > 0.0:
        right = axes.twinx()
        usd = np.array(shown.series.column("btc_usd")) - shown.strike_usd
        (line,) = right.plot(at, usd, color="#c08a1e", linewidth=1.0)
        right.set_ylabel("Chainlink minus strike, USD")
        right.grid(visible=False)
        right.spines["right"].set_visible(True)
        # Zero in the middle, level with one half on the left.
        known = usd[np.isfinite(usd)]
        reach = max(1.0, 1.05 * float(np.abs(known).max())) if len(known) else 1.0
        right.set_ylim(-reach, reach)
        handles.append(line)
        labels.append("Chainlink minus strike (right)")
    axes.legend(
        handles, labels, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, borderaxespad=0.1
    )
