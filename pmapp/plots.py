"""PNG plots of runs: inventory, quotes against the book, results and reliability.

`draw_all` writes up to four files into a folder and tells each when it is written; what there is
nothing to show of is left out. matplotlib is imported here only, so that commands without plots
start fast.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pmapp.backtest_run import Result
from pmapp.backtest_series import Series
from pmapp.calibration import calibration
from pmapp.refused import Refused

UP_COLOUR: Final = "#1a7f5a"
DOWN_COLOUR: Final = "#b5482f"
INK: Final = "#222222"
ACCENT: Final = "#2b5fa8"
GREY: Final = "#8a8f98"
STYLE: Final[Any] = {
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "axes.edgecolor": "#b8bcc4",
    "axes.grid": True,
    "grid.color": "#e6e8ec",
    "grid.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "font.size": 10,
}
DOTS_PER_INCH: Final = 110


def draw_all(folder: Path, results: Mapping[str, Result]) -> Iterator[Path]:
    """All plots of one backtest or run; the middle assumption's where only one fits.

    Raises Refused where one cannot be written.
    """
    from pmapp.plots_reliability import reliability
    from pmapp.plots_window import window

    chosen = results.get("middle") or next(iter(results.values()))
    with mpl.rc_context(STYLE):
        if chosen.run_series is not None and len(chosen.run_series.columns[0]) > 1:
            yield saved(inventory(chosen), folder / "inventory.png")
            yield saved(profit(results, chosen), folder / "profit.png")
        if chosen.window_series is not None and chosen.window_series.series.columns[0]:
            yield saved(window(chosen.window_series), folder / "quotes.png")
        if chosen.samples is not None and chosen.samples.scored:
            table = calibration(chosen.samples)
            yield saved(reliability(table), folder / "reliability.png")


def draw_reliability(folder: Path, table: Mapping[str, Any]) -> Iterator[Path]:
    """The plots of a calibration; none if there was nothing to calibrate.

    Raises Refused where one cannot be written.
    """
    from pmapp.plots_reliability import brier_by_time, reliability

    if not table["n"]:
        return
    with mpl.rc_context(STYLE):
        yield saved(reliability(table), folder / "reliability.png")
        yield saved(brier_by_time(table), folder / "brier_by_time.png")


def saved(figure: Figure, path: Path) -> Path:
    """Write a figure and let it go; raises Refused where the disk does."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=DOTS_PER_INCH)
    except OSError as error:
        fault = error.strerror or str(error)
        raise Refused(f"{path}: {fault} (choose another place for the plots)") from None
    finally:
        plt.close(figure)
    return path


def minutes(series: Series) -> tuple[list[float], str]:
    """The time axis: minutes or hours since the first row, and its label."""
    at = series.column("at_s")
    scale, unit = (3_600.0, "hours") if at[-1] - at[0] > 3 * 3_600 else (60.0, "minutes")
    return [(second - at[0]) / scale for second in at], f"{unit} since the run began"


def inventory(result: Result) -> Figure:
    """Shares held and unpaired over time; pairs merged below."""
    series = result.run_series
    assert series is not None
    at, label = minutes(series)
    figure, (top, bottom) = plt.subplots(
        2, 1, figsize=(11, 6.4), sharex=True, height_ratios=(2, 1), layout="constrained"
    )
    top.step(at, series.column("up_shares"), where="post", color=UP_COLOUR, label="Up held")
    top.step(at, series.column("down_shares"), where="post", color=DOWN_COLOUR, label="Down held")
    unpaired = series.column("unpaired_shares")
    top.fill_between(
        at, unpaired, step="post", color=ACCENT, alpha=0.25, label="unpaired, window by window"
    )
    top.axhline(0.0, color=GREY, linewidth=0.8)
    top.set_ylabel("shares")
    top.set_title(f"Inventory ({result.assumption} fills)")
    _legend_above(top, 3)
    bottom.step(at, series.column("pairs_merged"), where="post", color=INK)
    bottom.set_ylabel("pairs merged")
    bottom.set_ylim(bottom=0.0)
    bottom.set_xlabel(label)
    bottom.set_xlim(at[0], at[-1])
    return figure


def profit(results: Mapping[str, Result], chosen: Result) -> Figure:
    """Profit under each assumption, and below the parts of one of them."""
    figure, (top, bottom) = plt.subplots(
        2, 1, figsize=(12.4, 7.4), sharex=True, layout="constrained"
    )
    styles = {"pessimistic": (":", DOWN_COLOUR), "optimistic": ("--", UP_COLOUR)}
    label = ""
    for name, result in results.items():
        if result.run_series is None or not result.run_series.columns[0]:
            continue
        at, label = minutes(result.run_series)
        line, colour = styles.get(name, ("-", INK))
        top.plot(at, result.run_series.column("pnl_usdc"), line, color=colour, label=name)
    top.axhline(0.0, color=GREY, linewidth=0.8)
    top.set_ylabel("USDC")
    top.set_title("Profit and loss by fill assumption")
    _legend_beside(top)
    series = chosen.run_series
    assert series is not None
    at, label = minutes(series)
    parts = (
        ("spread", "spread", UP_COLOUR, "-"),
        ("adverse_selection", "adverse selection (30 s)", DOWN_COLOUR, "-"),
        ("settlement", "settlement (the rest)", ACCENT, "-"),
        ("rebate", "rebates", "#c08a1e", "--"),
        ("fee", "fees", GREY, "--"),
    )
    for key, name, colour, line in parts:
        bottom.plot(at, series.column(key), line, color=colour, label=name)
    bottom.plot(at, series.column("pnl_usdc"), color=INK, linewidth=2.0, label="total")
    bottom.axhline(0.0, color=GREY, linewidth=0.8)
    bottom.set_ylabel("USDC")
    bottom.set_title(f"What it is made of ({chosen.assumption} fills)")
    bottom.set_xlabel(label)
    bottom.set_xlim(at[0], at[-1])
    _legend_beside(bottom)
    return figure


def _legend_above(axes: Axes, columns: int) -> None:
    """The legend to the right of the title's line, where no curve can pass."""
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=columns, borderaxespad=0.1)


def _legend_beside(axes: Axes) -> None:
    """The legend outside on the right: for panels whose title needs the line above."""
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), borderaxespad=0.0)
