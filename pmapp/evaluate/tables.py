"""The evaluation as tables for people."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table

from pmapp.report_tables import report_console

Report = Mapping[str, Any]
NUMBERS: Final = (
    "bought", "settled", "groups", "hit rate", "95 %", "break-even", "realised", "95 %", "worst",
)  # fmt: skip
THRESHOLD: Final = "score"
WIDTH: Final = 170
"""Columns that the widest table needs."""


def print_evaluation(report: Report) -> None:
    """Verdicts first, then every table they rest on."""
    console = _console()
    console.print(f"[b]{report['folder']}[/b]")
    console.print(
        "Every market is bought once, at the ask when it is first recommended, and held until it "
        "is settled. Yields are dollars a share after fees. Hit-rate intervals are Wilson's, "
        "yield intervals a bootstrap over independent groups: markets of one group stand and "
        "fall together.",
        soft_wrap=False,
    )
    days = f"{report['horizon_days']:g} days"
    _group(console, f"polymarket.com, closing within {days}", report)
    _sources(console, report["sources"])
    _group(console, "polymarket.com, whenever it closes", report["any_horizon"])
    _sources(console, report["sources_any_horizon"])
    if report["other_venue"]:
        _group(console, f"another venue, Polymarket US, within {days}", report["other_venue"])
    _flags(console, report)
    _contested(console, report["contested"])
    _base_rates(console, report)
    _limits(console, report)


def _group(console: Console, title: str, group: Report) -> None:
    console.print(f"\n[b]{title}[/b]: {group['markets']:,} markets")
    for verdict in group["verdicts"]:
        console.print(f"- {verdict}", markup=False, soft_wrap=False)
    table = _table("What was bought", "", *NUMBERS)
    table.add_row("recommended", *_cells(group), style="bold")
    table.add_row("  within the target spread", *_cells(group["tight"]))
    table.add_row("if no spread were too wide", *_cells(group["any_spread"]))
    table.add_row("always at 0.95 or more", *_cells(group["baseline"]))
    table.add_row("  where the fee leaves anything", *_cells(group["baseline_after_fee"]))
    console.print(table)
    if group["deciles"]:
        table = _table("By score, lowest decile first", "score", *NUMBERS)
        for row in group["deciles"]:
            table.add_row(f"{row['score_low']:.3f} .. {row['score_high']:.3f}", *_cells(row))
        console.print(table)
    if group["any_spread"]["settled"]:
        title = "If no spread were too wide, by the spread at which it was bought"
        table = _table(title, "spread", *NUMBERS)
        for row in group["spreads"]:
            bounds = f"{row['spread_above']:.2f} .. {row['spread_up_to']:.2f}"
            table.add_row(bounds, *_cells(row))
        console.print(table)


def _sources(console: Console, sources: Sequence[Report]) -> None:
    table = _table("By recording", "recording", "priced by", "markets", *NUMBERS)
    for one in sources:
        table.add_row(one["name"], one["priced_by"], f"{one['markets']:,}", *_cells(one))
    console.print(table)


def _flags(console: Console, report: Report) -> None:
    if not report["flags"]:
        return
    title = "By flag of the rule text (polymarket.com, whenever it closes)"
    table = _table(title, "code", *NUMBERS, "over others", "95 %")
    for row in report["flags"]:
        margin = row["margin_over_unflagged"]
        over = _signed(margin["mean"]), _span(margin["interval"], "{:+.3f}")
        table.add_row(row["code"], *_cells(row), *over)
    console.print(table)
    console.print(f"- {report['flags_verdict']}", markup=False, soft_wrap=False)


def _contested(console: Console, contested: Report | None) -> None:
    if contested is None:
        console.print("No labelled contested markets are recorded: nothing to measure flags by.")
        return
    console.print(
        f"\n[b]Flags against contested markets[/b]: {contested['cases']} labelled cases, "
        f"{contested['labelled']} labelled markets with a text "
        f"({contested['labelled_families']} different texts), of them {contested['published']} of "
        f"published disputes ({contested['published_families']} texts), among "
        f"{contested['texts']:,} texts ({contested['families']:,} families). A market without a "
        "label may have been disputed all the same: precision is a lower bound.",
        soft_wrap=False,
    )
    for title, rows in (
        ("All labelled", contested["quality"]),
        ("Published disputes only", contested["quality_published"]),
    ):
        names = ("flagged", "labelled of them", "precision", "95 %", "recall", "95 %", "lift")
        table = _table(title, "flagged by", *names)
        for row in rows:
            if row["flagged_contested"] or row["name"].startswith(("any", THRESHOLD)):
                table.add_row(*_quality(row))
        console.print(table)


def _quality(row: Report) -> tuple[str, ...]:
    return (
        row["name"],
        f"{row['flagged']:,}",
        f"{row['flagged_contested']} of {row['contested']}",
        f"{row['precision']:.1%}",
        _span(row["precision_interval"], "{:.1%}"),
        f"{row['recall']:.0%}",
        _span(row["recall_interval"], "{:.0%}"),
        f"{row['lift']:.1f}",
    )


def _base_rates(console: Console, report: Report) -> None:
    groups = [
        ("Jump: converged sides that lost, polymarket.com", report["base_rates"]["jump"]),
        ("Operational: closed markets that ended 50/50", [report["base_rates"]["operational"]]),
    ]
    if report["other_venue"]:
        groups.insert(1, ("Jump, the other venue", report["other_venue"]["jump_rates"]))
    for title, rows in groups:
        if not rows or rows[0] is None:
            continue
        table = _table(
            f"Base rates. {title}", "category", "settled", "cases", "rate", "95 %", "configured", ""
        )
        for row in rows:
            table.add_row(
                row["category"],
                f"{row['settled']:,}",
                f"{row['cases']:,}",
                f"{row['rate']:.1%}",
                _span(row["interval"], "{:.1%}"),
                f"{row['configured']:.1%}",
                "fits" if row["configured_fits"] else "does not fit",
            )
        console.print(table)


def _limits(console: Console, report: Report) -> None:
    """What the numbers themselves say about how far they reach."""
    console.print("\n[b]How far this reaches[/b]")
    groups = [("within the horizon", report), ("at any horizon", report["any_horizon"])]
    for name, group in groups:
        console.print(
            f"- {name}: {group['unsettled']:,} of {group['bought']:,} purchases are not settled "
            f"in the recordings; {group['inferred']:,} of {group['settled']:,} settlements are "
            f"inferred from the last quote; {group['at_bare_price']:,} were bought at a bare price "
            f"widened by an assumed half spread of {report['half_spread']:g}",
            soft_wrap=False,
        )
    other = report["other_venue"]
    if other:
        console.print(
            f"- the other venue: {other['unsettled']:,} of {other['bought']:,} purchases have no "
            "reported settlement; close times are the end of the day in the market's name",
            soft_wrap=False,
        )


def _cells(row: Report) -> tuple[str, ...]:
    worst = row["worst_loss"]
    return (
        f"{row['bought']:,}",
        f"{row['settled']:,}",
        f"{row['clusters']:,}",
        _share(row["hit_rate"]),
        _span(row["hit_rate_interval"], "{:.1%}"),
        _share(row["break_even_hit_rate"]),
        _signed(row["realised_yield"]),
        _span(row["realised_yield_interval"], "{:+.3f}"),
        "-" if worst is None else f"{worst:.3f}",
    )


def _console() -> Console:
    """A console on which no table is cut."""
    console = report_console()
    if console.width < WIDTH:
        console = Console(highlight=False, soft_wrap=True, width=WIDTH)
    return console


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.4f}"


def _span(interval: Sequence[float] | None, form: str) -> str:
    return "-" if interval is None else " .. ".join(form.format(end) for end in interval)


def _table(title: str, *names: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for number, name in enumerate(names):
        table.add_column(name, justify="right" if number else "left", no_wrap=True)
    return table
