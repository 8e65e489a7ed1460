"""`pm maker`: the bot itself, on paper or live, at the real venue or at a local one."""

import json
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import click
import msgspec
import trio
from trio.testing import MockClock

from pmapp.backtest_options import FOLDER, USDC, Finite
from pmapp.last_word import heard_on_a_terminal, said
from pmapp.maker_run.place import LOCAL, REAL, Place, place_of
from pmapp.maker_run.preparation import Asked
from pmapp.maker_run.run_log import LEVELS, RunLog
from pmapp.maker_run.session import NotBegun, View, session
from pmapp.maker_run.strangers import told_to
from pmapp.maker_run.summary import Summary, lines
from pmapp.maker_settings import MAKER
from pmapp.refused import Refused
from pmapp.settings import Settings
from pmapp.settings_options import settings_options
from pmcore.config import Config
from pmcore.units import MICRO, SECOND, Cash, Ns
from pmio.journal_reader import segments_in
from pmio.shell import EXIT_FAILED, EXIT_OK

MODES: Final = ("paper", "live")
OUT: Final = Path("out/maker")


@click.command()
@click.option(
    "--mode",
    type=click.Choice(MODES),
    default="paper",
    show_default=True,
    help="paper: real feeds, simulated fills. live: real orders, after three consents.",
)
@click.option(
    "--live", "said_live", is_flag=True, help="Third of the consents to real orders; see --mode."
)
@click.option(
    "--venue",
    default=REAL,
    show_default=True,
    metavar="polymarket|local|FILE",
    help="local starts a venue in this process; FILE holds the line that a `pm venue` printed.",
)
@settings_options(MAKER)
@click.option(
    "--journal",
    type=FOLDER,
    help=f"Folder of the journal, which a live run continues. Default: one of its own in {OUT}.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=0,
    show_default=True,
    help="Where /healthz, /readyz, /metrics and /quotes are, on 127.0.0.1; 0 picks a free one.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Of a venue started here, and of a throwaway key.",
)
@click.option(
    "--speed",
    type=Finite(0.01, 200.0),
    default=1.0,
    show_default=True,
    metavar="X",
    help="Venue seconds per second, with --venue local.",
)
@click.option(
    "--rate",
    type=Finite(0.0, 500.0),
    default=1.0,
    show_default=True,
    help="With --venue local: multiplies the synthetic market's changes and trades.",
)
@click.option(
    "--start",
    "start_s",
    type=click.IntRange(1_500_000_000, 4_000_000_000),
    metavar="UNIX",
    help="With --venue local: begin at this time instead of the present.",
)
@click.option(
    "--for",
    "span_s",
    type=Finite(0.0, 1e9),
    default=0.0,
    metavar="SECONDS",
    help="Stop in good order after so much of the venue's time. Default: run until told to stop.",
)
@click.option(
    "--cash",
    type=USDC,
    default=1_000.0,
    show_default=True,
    help="USDC on the paper account, or in the wallet at a venue started here.",
)
@click.option(
    "--relayer-key",
    "relayer_source",
    default="",
    metavar="SOURCE",
    help="Where the relayer's key is: env:NAME, file:PATH, credential:NAME. Default: "
    "PM_RELAYER_KEY if it is set.",
)
@click.option(
    "--log-level", type=click.Choice(list(LEVELS)), default="info", show_default=True,
    help="Least level of the lines on the standard error.",
)  # fmt: skip
@click.option("--view/--no-view", default=None, help="Live view; default: on a terminal.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.pass_context
def maker(ctx: click.Context, /, settings: Settings[Config], **given: Any) -> None:
    """Quote both tokens of the running window, merge pairs, settle, go on with the next window.

    Paper is the default. Real orders need three consents: keys (keys.source), trading.live = true,
    and --live. One signal (SIGINT, SIGTERM) cancels everything, waits for the venue's word and ends
    with exit code 0; a second one ends at once. docs/operating.md has the exit codes.
    """
    options = Options(**given)
    if options.said_live and options.mode != "live":
        raise Refused("--live is a consent to real orders: add --mode live, or leave it out")
    place = place_of(options.venue, options.speed)
    _only_for_local(place, options)
    asked = _asked(settings, options, place)
    watching = options.view
    if watching is None:
        watching = heard_on_a_terminal() and not options.as_json
    quiet = watching and sys.stderr is not None and sys.stderr.isatty()
    log = RunLog("warning" if quiet else options.log_level)
    speed = options.speed if place is None else place.speed
    try:
        summary = _ended(asked, log, _view(speed) if watching else None, speed)
    except NotBegun:
        log.info("ended", exit_code=EXIT_OK, ended="not begun")
        ctx.exit(EXIT_OK)
    if summary is None:
        ctx.exit(EXIT_FAILED)
    fault = said(_text(summary, options.as_json))
    if fault:
        log.warning("summary_lost", text=f"standard output: {fault}")
    ctx.exit(summary.exit_code)


class Options(msgspec.Struct, frozen=True):
    """The command line, name by name."""

    mode: str
    said_live: bool
    venue: str
    journal: Path | None
    port: int
    seed: int
    speed: float
    rate: float
    start_s: int | None
    span_s: float
    cash: float
    relayer_source: str
    log_level: str
    view: bool | None
    as_json: bool


def _asked(settings: Settings[Config], options: Options, place: Place | None) -> Asked:
    begin_s = options.start_s
    return Asked(
        config=settings.config,
        mode=options.mode,
        said_live=options.said_live,
        place=place,
        folder=_folder(options.journal, options.mode, place),
        afresh=place is None and options.journal is None,
        port=options.port,
        seed=options.seed,
        cash=Cash(round(options.cash * MICRO)),
        rate=options.rate,
        begin_ns=Ns(time.time_ns() if begin_s is None else begin_s * SECOND),
        span_s=options.span_s,
        relayer_source=options.relayer_source,
    )


def _only_for_local(place: Place | None, options: Options) -> None:
    """Options of a venue that is started here mean nothing elsewhere."""
    given = {"--rate": options.rate != 1.0, "--start": options.start_s is not None}
    if place is not None and place.name == REAL:
        given["--speed"] = options.speed != 1.0
    for name, is_given in given.items():
        if place is not None and is_given:
            raise Refused(f"{name} is for --venue {LOCAL}")


def _folder(journal: Path | None, mode: str, place: Place | None) -> Path:
    """Where the journal goes."""
    if journal is not None:
        if place is None and journal.is_dir() and segments_in(journal):
            fault = "the venue that is started here knows nothing of the journal in it"
            raise Refused(f"{journal}: {fault}; choose an empty folder")
        return journal
    if place is None:
        return OUT / f"{mode}-{LOCAL}"
    if place.name == REAL:
        return OUT / f"{mode}-{REAL}"
    at = urlsplit(place.addresses.clob)
    return OUT / f"{mode}-{at.hostname}-{at.port or at.scheme}"


def _view(speed: float) -> View:
    """Imported when it is wanted: it brings rich."""
    from pmapp.maker_run.live_view import EVERY_S, show

    return partial(show, every_s=EVERY_S * speed)


def _ended(asked: Asked, log: RunLog, view: View | None, speed: float) -> Summary | None:
    """The summary; None after a failure of ours outside of the run, which the log has."""
    clock = MockClock(rate=1.0) if speed != 1.0 else None
    if clock is not None:
        pace = partial(setattr, clock, "rate")
        asked = msgspec.structs.replace(asked, speed=speed, pace=pace)
    try:
        with log.stream.apart(), told_to(log):
            return trio.run(partial(session, asked, log, view), clock=clock)
    except (Refused, NotBegun):
        raise
    except Exception as failure:
        # Through the log, which hides secrets; a traceback of Python's own would not.
        log.error("failed", exc_info=failure)
        return None


def _text(summary: Summary, as_json: bool) -> str:
    if as_json:
        return json.dumps(msgspec.to_builtins(summary), indent=2)
    return "\n".join(lines(summary))
