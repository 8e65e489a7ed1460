"""A run's results as tables of a fixed shape for people: always the same rows, in one order."""

from collections.abc import Mapping
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table

Report = Mapping[str, Any]
SPLIT_ROWS: Final = (
    ("spread", "spread earned at fills"),
    ("rebate", "maker rebates (estimate)"),
    ("reward", "liquidity rewards"),
    ("fee", "taker fees"),
    ("gas", "gas"),
    ("adverse_selection", "adverse selection (30 s)"),
    ("settlement", "settlement (the rest)"),
)
REASONS_SHOWN: Final = 12
ROWS_SHOWN: Final = 12

WIDTH: Final = 124
"""Columns that the widest table needs: printed so even where the terminal is narrower."""


def report_console() -> Console:
    """A console on which no table is cut."""
    console = Console(highlight=False, soft_wrap=True)
    if console.width < WIDTH:
        console = Console(highlight=False, soft_wrap=True, width=WIDTH)
    return console


def print_report(console: Console, report: Report) -> None:
    """Everything about a backtest or a run; `report` is that of `report.backtest_report`."""
    runs: dict[str, Report] = report["assumptions"]
    console.print(f"[b]{report['source']}[/b]", highlight=False)
    console.print(_outcomes(report), markup=False, highlight=False)
    console.print(_results(runs))
    console.print(_time(runs))
    chosen = runs.get("middle") or next(iter(runs.values()))
    console.print(_windows(chosen))
    for name, run in runs.items():
        if run["kills"]:
            count = len(run["kills"])
            first = run["kills"][0]
            console.print(f"{name}: killed {count}x, first: {first}", markup=False)
        for law in run["violations_first"]:
            console.print(f"{name}: VIOLATION {law}", markup=False)


def _outcomes(report: Report) -> str:
    return (
        f"windows {report['markets']}, official outcomes {report['outcomes_official']}, "
        f"recomputable {report['outcomes_recomputable']}, matched {report['outcomes_matched']}"
    )


def _table(title: str, names: list[str]) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _results(runs: Mapping[str, Report]) -> Table:
    table = _table("Results (USDC, shares)", list(runs))

    def row(label: str, key: str, form: str = "{:,.2f}", style: str = "") -> None:
        table.add_row(label, *(form.format(run[key]) for run in runs.values()), style=style)

    whole = "{:,.0f}"
    row("fills", "fills", whole)
    row("shares bought", "shares_bought", "{:,.1f}")
    row("pairs merged", "pairs_merged", "{:,.1f}")
    row("profit and loss", "pnl_usdc", "{:+,.4f}", "bold")
    for key, label in SPLIT_ROWS:
        table.add_row(f"  {label}", *(f"{run['pnl_split'][key]:+,.4f}" for run in runs.values()))
    for name in ("1s", "5s", "30s"):
        cells = (f"{run['markouts_usdc'][name]:+,.4f}" for run in runs.values())
        table.add_row(f"markout {name}", *cells)
    shares = (f"{run['markouts_shares']['30s']:,.1f}" for run in runs.values())
    table.add_row("  shares with a mid 30s later", *shares)
    row("windows won", "markets_won", whole)
    row("windows lost", "markets_lost", whole)
    row("windows left open", "markets_open", whole)
    row("largest unpaired, shares", "max_unpaired_shares", "{:,.1f}")
    row("largest exposure", "max_exposure_usdc")
    row("worst-case loss", "max_worst_loss_usdc")
    row("violations", "violations", whole)
    row("events", "events", whole)
    row("events/s", "events_per_s", whole)
    table.add_row("digest", *(run["digest"][:12] for run in runs.values()))
    return table


def _time(runs: Mapping[str, Report]) -> Table:
    """Shares of the windows' time; reasons are shares of the two tokens' time."""
    table = _table("Time inside windows, and why", list(runs))
    whole = {name: run["quoting"]["in_windows_s"] or 1.0 for name, run in runs.items()}
    quoting = {name: run["quoting"] for name, run in runs.items()}
    table.add_row("seconds", *(f"{run['quoting']['in_windows_s']:,.0f}" for run in runs.values()))
    for key, label in (
        ("two_sided_s", "both tokens quoted"),
        ("one_sided_s", "one token quoted"),
        ("none_s", "none quoted"),
    ):
        table.add_row(label, *(f"{quoting[n][key] / whole[n]:.1%}" for n in runs), style="bold")
    for key, label in (("quoted_token_s", "quoted"), ("missing_token_s", "missing")):
        reasons: dict[str, float] = {}
        for name in runs:
            for reason, lasted in quoting[name][key].items():
                reasons[reason] = max(reasons.get(reason, 0.0), lasted)
        for reason in sorted(reasons, key=lambda r: -reasons[r])[:REASONS_SHOWN]:
            cells = (f"{quoting[n][key].get(reason, 0.0) / (2.0 * whole[n]):.1%}" for n in runs)
            table.add_row(f"  {label}: {reason}", *cells)
    return table


def _windows(run: Report) -> Table:
    rows = run["market_rows"]
    title = f"Windows with fills ({len(rows)}, {run['assumption']} assumption)"
    if len(rows) > ROWS_SHOWN:
        title += f", the {ROWS_SHOWN} largest results"
        rows = sorted(rows, key=lambda row: -abs(row["pnl_usdc"]))[:ROWS_SHOWN]
    table = _table(title, ["outcome", "fills", "pairs", "spread", "markout 30s", "rebate", "P&L"])
    for row in rows:
        table.add_row(
            row["slug"],
            row["outcome"],
            f"{row['fills']:,}",
            f"{row['pairs_merged']:,.1f}",
            f"{row['spread_usdc']:+,.3f}",
            f"{row['markout_30s_usdc']:+,.3f}",
            f"{row['rebates_usdc']:+,.3f}",
            f"{row['pnl_usdc']:+,.3f}",
        )
    return table
