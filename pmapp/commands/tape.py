"""`pm tape`: make tapes from recordings, and show what a tape holds and how good it is."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from pmcore.units import SECOND, Ns
from pmio.tape import TapeError
from pmio.tape_import.recording import Recording
from pmio.tape_import.source import PREFIX
from pmio.tape_place import unfit

F = TypeVar("F", bound=Callable[..., Any])
FILE = click.Path(path_type=Path)


class Refused(click.ClickException):
    """A recording or tape that cannot be used: its message, exit code 2, no traceback."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        # A file's name may hold bytes that are not UTF-8, and must be printable all the same.
        super().__init__(message.encode(errors="replace").decode())


def _series(_: click.Context, _option: click.Parameter, prefix: str | None) -> str | None:
    if prefix is not None and PREFIX.fullmatch(prefix) is None:
        raise click.BadParameter(f"{prefix!r} is not of the form btc-updown-15m")
    return prefix


def _out(command: F) -> F:
    """The options that every import has besides its sources and its series."""
    out = click.option("--out", type=FILE, required=True, help="The tape to write.")
    as_json = click.option("--json", "as_json", is_flag=True, help="Print counts as JSON.")
    return out(as_json(command))


def _prefix(command: F) -> F:
    return click.option(
        "--prefix",
        callback=_series,
        help="Series to import, e.g. btc-updown-15m. Default: the only BTC series there is.",
    )(command)


@click.group()
def tape() -> None:
    """Recorded markets as tapes: import and show."""


@tape.group("import")
def import_() -> None:
    """Make a tape from a recording. Nothing half-written is left behind."""


@import_.command("chainlink-day")
@click.option("--prices", type=FILE, required=True, help="CSV of Chainlink prices (.gz or plain).")
@click.option("--markets", type=FILE, required=True, help="JSON lines of the day's markets.")
@_prefix
@_out
def chainlink_day(
    prices: Path, markets: Path, prefix: str | None, out: Path, as_json: bool
) -> None:
    """A day of Chainlink prices and its windows."""
    from pmio.tape_import.chainlink_day import read

    _save(lambda: read(prices, markets, prefix), out, as_json, prices, markets)


@import_.command("bbo")
@click.option("--snapshots", type=FILE, required=True, help="CSV of best bids and asks.")
@click.option("--candles", type=FILE, required=True, help="CSV of windows and winners.")
@click.option(
    "--stand-in",
    is_flag=True,
    help="Tell the BTC price of unknown origin as Chainlink too, so that a maker can quote.",
)
@_prefix
@_out
def bbo(
    snapshots: Path, candles: Path, stand_in: bool, prefix: str | None, out: Path, as_json: bool
) -> None:
    """Best bid and ask of both tokens every few seconds."""
    from pmio.tape_import.bbo import read

    _save(lambda: read(snapshots, candles, prefix, stand_in), out, as_json, snapshots, candles)


@import_.command("raw-session", short_help="Raw frames of a recording session.")
@click.argument("folder", type=FILE, metavar="DIR")
@_prefix
@_out
def raw_session(folder: Path, prefix: str | None, out: Path, as_json: bool) -> None:
    """Raw frames of a recording session: DIR has raw_messages and markets (.jsonl or .jsonl.gz)."""
    from pmio.tape_import.raw_session import read

    _save(lambda: read(folder, prefix), out, as_json, folder)


@import_.command("gamma-snapshots", short_help="Captures of Gamma's market list as Parquet.")
@click.argument("snapshots", type=FILE, metavar="PARQUET")
@click.option("--outcomes", type=FILE, help="CSV with market_id, end_date, outcome_real.")
@click.option(
    "--prefix", default="btc-updown-15m", show_default=True, callback=_series, help="Series."
)
@_out
def gamma_snapshots(
    snapshots: Path, outcomes: Path | None, prefix: str, out: Path, as_json: bool
) -> None:
    """Captures of Gamma's market list as Parquet (needs the extra [parquet])."""
    from pmio.tape_import.gamma_snapshots import read

    sources = [snapshots] if outcomes is None else [snapshots, outcomes]
    _save(lambda: read(snapshots, prefix, outcomes), out, as_json, *sources)


@tape.command()
@click.argument("path", type=FILE, metavar="TAPE")
@click.option(
    "--gap",
    "gap_s",
    type=click.IntRange(1, 86_400),
    default=10,
    show_default=True,
    help="Seconds without a fact of a feed that count as a gap.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(path: Path, gap_s: int, as_json: bool) -> None:
    """What a tape holds and how good its recording was."""
    from pmio.tape_import.profile import profile

    try:
        shown = profile(path, Ns(gap_s * SECOND))
    except TapeError as error:
        raise Refused(str(error)) from None
    if as_json:
        click.echo(json.dumps(shown, indent=2))
    else:
        _print_profile(shown)


def _save(read: Callable[[], Recording], out: Path, as_json: bool, *sources: Path) -> None:
    """Read a recording, write its tape, and print what was found."""
    if any(source.exists() and out.exists() and source.samefile(out) for source in sources):
        raise Refused(f"{out}: --out is one of the sources (give the tape another name)")
    # Before the reading, which may take minutes; the writing asks again.
    if fault := unfit(out):
        raise Refused(f"{out}: --out {fault} (give the tape a name of its own)")
    began = time.perf_counter()
    try:
        recording = read()
        summary = recording.save(out)
    except TapeError as error:
        raise Refused(str(error)) from None
    seconds = round(time.perf_counter() - began, 3)
    counts = dict(sorted(recording.counts.items()))
    if as_json:
        shown = {
            "tape": out.name,
            "source": recording.source,
            "prefix": recording.prefix,
            "facts": summary.facts,
            "kinds": summary.kinds,
            "source_counts": counts,
            "notes": recording.notes,
            "bytes": out.stat().st_size,
            "seconds": seconds,
        }
        click.echo(json.dumps(shown, indent=2))
        return
    size = out.stat().st_size
    told = f"{summary.facts} facts of {recording.prefix}, {size} bytes, {seconds} s"
    click.echo(f"{click.format_filename(out)}: {told}")
    click.echo("  tape    " + ", ".join(f"{n} {kind}" for kind, n in summary.kinds.items()))
    click.echo("  source  " + ", ".join(f"{n} {name}" for name, n in counts.items()))
    for note in recording.notes:
        click.echo(f"  note    {note}")


def _print_profile(shown: dict[str, Any]) -> None:
    """Tables for people; wider than the terminal rather than cut."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, soft_wrap=True)
    for name, text in _about(shown):
        console.print(f"{name:<9}{text}", markup=False)
    feeds = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    feeds.add_column("feed", no_wrap=True)
    gaps = f"gaps > {shown['gap_threshold_s']:g} s"
    for heading in ("facts", gaps, "longest s", "lost", "garbled", "p50 ms", "p99 ms"):
        feeds.add_column(heading, justify="right", no_wrap=True)
    for name, feed in shown["feeds"].items():
        cells = [f"{feed[key]:,}" for key in ("facts", "gaps")] + [f"{feed['longest_gap_s']:.1f}"]
        cells += [f"{feed[key]:,}" for key in ("lost", "garbled")]
        for key in ("delay_ms_p50", "delay_ms_p99"):
            cells.append("-" if feed[key] is None else f"{feed[key]:,.0f}")
        feeds.add_row(name, *cells)
    console.print(feeds)


def _about(shown: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and text of each line above the table of feeds."""
    books, markets = shown["books"], shown["markets"]
    counted = ", ".join(f"{n:,} {name}" for name, n in shown["source_counts"].items())
    return [
        ("tape", f"{shown['tape']}, {shown['bytes']:,} bytes, schema {shown['schema']}"),
        ("from", f"{shown['source']}: {', '.join(shown['created_from'])}"),
        ("series", shown["prefix"] or "-"),
        ("heard", f"{shown['first']} to {shown['last']} ({shown['span_s']:,.1f} s)"),
        ("facts", f"{shown['facts']:,}"),
        *[("", f"{count:,} {kind}") for kind, count in shown["kinds"].items()],
        ("markets", f"{markets['listed']} listed, {markets['quoted']} quoted"),
        (
            "outcomes",
            f"{markets['outcomes_known']} known: {markets['up']} up, {markets['down']} down, "
            f"{markets['split']} split",
        ),
        (
            "books",
            f"{books['looked_at']:,} looked at, {books['crossed']:,} crossed, "
            f"{books['one_sided']:,} one-sided, {books['empty']:,} empty",
        ),
        ("order", f"{shown['order_violations']:,} rows of the source heard out of order"),
        ("source", counted or "-"),
        *[("note", note) for note in shown["notes"]],
    ]
