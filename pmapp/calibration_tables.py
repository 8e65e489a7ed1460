"""A calibration as tables for people."""

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.table import Table

from pmapp.report_tables import report_console

Report = Mapping[str, Any]
MARGINS = (
    ("margin_over_half", "constant 0.5", "brier_half", "log_loss_half"),
    ("margin_over_baseline", "who is ahead (no volatility)", "brier_baseline", ""),
    ("margin_over_fixed_sigma", "one fixed sigma", "brier_fixed_sigma", "log_loss_fixed_sigma"),
    ("margin_over_market", "market's own mid", "brier_market", "log_loss_market"),
)


def print_calibration(report: Report) -> None:
    """Scores, margins with their errors, time to close, reliability."""
    console = report_console()
    console.print(f"[b]{report['source']}[/b]")
    console.print(
        f"{report['n']:,} samples of {report['windows']:,} windows ({report['listed']:,} listed), "
        f"Up won {report['up_share']:.1%} of samples; left out: "
        f"{report['skipped_no_strike']} without a strike, "
        f"{report['skipped_stale_oracle']} with a stale price, "
        f"{report['unresolved']} windows without an outcome"
    )
    console.print(_scores(report))
    console.print(_by_time(report))
    console.print(_reliability(report))
    for path in report["plots"]:
        console.print(f"plot: {path}", markup=False)


def _table(title: str, *names: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for number, name in enumerate(names):
        table.add_column(name, justify="right" if number else "left", no_wrap=True)
    return table


def _scores(report: Report) -> Table:
    table = _table(
        "Scores, lower is better; margin: by how much the model's Brier score is the lower",
        "forecast",
        "samples",
        "Brier",
        "log loss",
        "margin",
        "std error",
        "95 %",
        "verdict",
    )
    log_loss = report["log_loss_model"]
    table.add_row("model", f"{report['n']:,}", f"{report['brier_model']:.4f}", f"{log_loss:.4f}")
    for key, name, brier, loss in MARGINS:
        margin = report[key]
        if margin is None:
            table.add_row(name, "0", "-", "-", "-", "-", "-", "not on this tape")
            continue
        low, high = margin["low"], margin["high"]
        verdict = "model better" if low > 0.0 else "model worse" if high < 0.0 else "no edge shown"
        table.add_row(
            name,
            f"{report['n_market'] if key.endswith('market') else report['n']:,}",
            f"{report[brier]:.4f}",
            f"{report[loss]:.4f}" if loss else "-",
            f"{margin['mean']:+.4f}",
            f"{margin['standard_error']:.4f}",
            f"{low:+.4f} .. {high:+.4f}",
            verdict,
        )
    return table


def _by_time(report: Report) -> Table:
    table = _table(
        "By time to close",
        "seconds",
        "windows",
        "model",
        "no volatility",
        "fixed sigma",
        "market",
        "log loss",
        "margin over fixed sigma",
    )
    for row in report["by_time_to_close"]:
        margin = row["margin_over_fixed_sigma"]
        market = row["brier_market"]
        table.add_row(
            f"{row['left_s']:g}",
            f"{row['windows']:,}",
            f"{row['brier_model']:.4f}",
            f"{row['brier_baseline']:.4f}",
            f"{row['brier_fixed_sigma']:.4f}",
            "-" if market is None else f"{market:.4f}",
            f"{row['log_loss_model']:.4f}",
            f"{margin['mean']:+.4f} ± {margin['standard_error']:.4f}",
        )
    return table


def _reliability(report: Report) -> Table:
    table = _table("Reliability of q_up", "bin", "samples", "windows", "said", "came")
    for row in report["reliability"]:
        said = "-" if row["mean_q"] is None else f"{row['mean_q']:.3f}"
        came = "-" if row["up_share"] is None else f"{row['up_share']:.3f}"
        bounds = f"{row['low']:.1f} .. {row['high']:.1f}"
        table.add_row(bounds, f"{row['n']:,}", f"{row['windows']:,}", said, came)
    return table
