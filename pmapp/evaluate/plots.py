"""PNG plots of an evaluation: score deciles and strategies by venue, and flags."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np

from pmapp.plots import ACCENT, DOWN_COLOUR, GREY, INK, STYLE, UP_COLOUR, saved

from matplotlib import pyplot as plt  # isort: skip - after pmapp.plots has chosen the backend
from matplotlib.axes import Axes  # isort: skip
from matplotlib.figure import Figure  # isort: skip

Report = Mapping[str, Any]
STRATEGIES: Final = (
    ("recommended", None, ACCENT),
    ("recommended, within\nthe target spread", "tight", UP_COLOUR),
    ("if no spread\nwere too wide", "any_spread", DOWN_COLOUR),
    ("always at 0.95\nor more", "baseline", INK),
    ("the same, where the\nfee leaves anything", "baseline_after_fee", GREY),
)


def draw_evaluation(report: Report, folder: Path | None, file: Path | None) -> Iterator[Path]:
    """Both plots into a folder, or the one of the scores into a file, or all of that.

    Raises Refused where one cannot be written.
    """
    with mpl.rc_context(STYLE):
        targets = (folder and folder / "evaluate.png", file)
        for target in targets:
            if target is not None:
                yield saved(scores(report), target)
        if folder is not None and report["contested"] is not None:
            yield saved(flags(report["contested"]), folder / "flags.png")


def scores(report: Report) -> Figure:
    """Hit rate and yield by score decile, and what each strategy earned; one column a venue."""
    groups = [("polymarket.com, any time to the close", report["any_horizon"])]
    if report["other_venue"]:
        days = f"{report['horizon_days']:g} days"
        groups.append((f"Polymarket US, within {days}", report["other_venue"]))
    figure, grid = plt.subplots(
        3,
        len(groups),
        figsize=(7.4 * len(groups), 11.5),
        squeeze=False,
        height_ratios=(3, 3, 2.6),
        layout="constrained",
    )
    for column, (title, group) in zip(grid.T, groups, strict=True):
        head = (
            f"{title}\n{group['settled']:,} settled purchases in {group['clusters']:,} groups\n"
            "Hit rate by score decile"
        )
        _hit_rates(column[0], head, group["deciles"])
        _yields(column[1], group["deciles"])
        _strategies(column[2], group)
    figure.supxlabel(
        "Whiskers are 95 % intervals: Wilson for rates; for yields a bootstrap over groups of "
        "markets that stand and fall together.\nA decile without a loss shows a narrow interval "
        "all the same: what did not happen yet cannot be drawn.",
        fontsize=9,
        color=INK,
    )
    return figure


def flags(contested: Report) -> Figure:
    """Precision and recall of whatever flagged a labelled market, with their intervals."""
    rows = [
        row
        for row in contested["quality"]
        if row["flagged_contested"] or row["name"].startswith(("any", "score"))
    ]
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(12.0, 1.9 + 0.36 * len(rows)), sharey=True, layout="constrained"
    )
    names = [f"{row['name']}  ({row['flagged_contested']} of {row['flagged']:,})" for row in rows]
    places = np.arange(len(rows))[::-1]
    for axes, key, colour in ((left, "precision", ACCENT), (right, "recall", UP_COLOUR)):
        values = [row[key] for row in rows]
        bounds = _whiskers(values, [row[f"{key}_interval"] for row in rows])
        axes.errorbar(values, places, xerr=bounds, fmt="o", color=colour, capsize=3)
        axes.set_xlim(left=0.0)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.set_title(key)
    base = contested["labelled"] / contested["texts"]
    left.axvline(base, color=DOWN_COLOUR, linestyle="--", linewidth=1.0, label="any market at all")
    _legend_above(left)
    left.set_yticks(places, names)
    figure.suptitle(
        f"Flags against {contested['labelled']} labelled contested markets among "
        f"{contested['texts']:,} texts",
        x=0.01,
        ha="left",
        fontweight="bold",
    )
    return figure


def _hit_rates(axes: Axes, title: str, rows: Sequence[Report]) -> None:
    axes.set_title(title)
    axes.set_ylabel("share of purchases that won")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    _decile_axis(axes, rows)
    if not rows:
        return
    at = [row["decile"] for row in rows]
    rates = [row["hit_rate"] for row in rows]
    bounds = _whiskers(rates, [row["hit_rate_interval"] for row in rows])
    axes.errorbar(at, rates, yerr=bounds, fmt="o", color=ACCENT, capsize=3, label="hit rate")
    needed = [row["break_even_hit_rate"] for row in rows]
    axes.plot(at, needed, "_", color=DOWN_COLOUR, markersize=16, mew=2, label="needed to pay")
    _legend_above(axes)


def _yields(axes: Axes, rows: Sequence[Report]) -> None:
    axes.set_title("Net yield by score decile")
    axes.set_ylabel("dollars a share")
    axes.axhline(0.0, color=GREY, linewidth=0.8)
    _decile_axis(axes, rows)
    if not rows:
        return
    at = [row["decile"] for row in rows]
    found = [row["realised_yield"] for row in rows]
    bounds = _whiskers(found, [row["realised_yield_interval"] for row in rows])
    axes.errorbar(at, found, yerr=bounds, fmt="o", color=ACCENT, capsize=3, label="realised")
    promised = [row["promised_yield"] for row in rows]
    axes.plot(at, promised, "_", color=UP_COLOUR, markersize=16, mew=2, label="promised if it wins")
    _legend_above(axes)


def _strategies(axes: Axes, group: Report) -> None:
    axes.set_title("Net yield by strategy")
    axes.set_xlabel("dollars a share")
    axes.axvline(0.0, color=GREY, linewidth=0.8)
    names = []
    for place, (name, key, colour) in enumerate(STRATEGIES):
        numbers = group if key is None else group[key]
        names.append(f"{name} ({numbers['settled']:,})")
        if numbers["realised_yield"] is None:
            continue
        mean = [numbers["realised_yield"]]
        bounds = _whiskers(mean, [numbers["realised_yield_interval"]])
        axes.errorbar(mean, [-place], xerr=bounds, fmt="o", color=colour, capsize=4)
    axes.set_yticks([-place for place in range(len(names))], names)
    axes.set_ylim(-len(names) + 0.5, 0.5)


def _legend_above(axes: Axes) -> None:
    """To the right of the title's line, where no whisker can pass."""
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, borderaxespad=0.1)


def _decile_axis(axes: Axes, rows: Sequence[Report]) -> None:
    labels = [f"{row['decile']}\n{row['score_high']:.2f}" for row in rows]
    axes.set_xticks([row["decile"] for row in rows], labels)
    axes.set_xlabel("score decile, and the highest score in it")


def _whiskers(values: Sequence[float], intervals: Sequence[Sequence[float] | None]) -> Any:
    """Distances to both ends, shape (2, n); nothing where there is no interval."""
    ends = [
        (value, value) if found is None else found
        for value, found in zip(values, intervals, strict=True)
    ]
    low = [max(0.0, value - end[0]) for value, end in zip(values, ends, strict=True)]
    high = [max(0.0, end[1] - value) for value, end in zip(values, ends, strict=True)]
    return np.array([low, high])
