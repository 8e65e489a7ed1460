"""Drives a run so that people can follow it: a live view on a terminal, plain lines elsewhere."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import click

from pmapp.backtest_run import Run
from pmapp.screen import screen
from pmapp.screen_words import line
from pmcore.units import SECOND

FRAMES_PER_S: Final = 10
SHOW_S: Final = 15.0
"""Wall seconds over which a run is shown on a terminal, if the machine can keep up."""
LINES: Final = 40
"""How many plain lines a run gets at most."""
SLICE_NS: Final = 5 * SECOND
"""World time between two looks at whether somebody wants to stop."""


def play(run: Run, title: str, span_ns: int, quiet: bool) -> bool:
    """Run to the end, or until SIGINT; returns whether the end was reached.

    `span_ns` is about how long the run lasts in world time. `quiet` shows nothing at all.
    """
    with _stop_asked() as stopped:
        if quiet:
            return _advance(run, None, stopped)
        if sys.stdout.isatty():
            return _live(run, title, span_ns, stopped)
        return _plain(run, span_ns, stopped)


@contextmanager
def _stop_asked() -> Iterator[Callable[[], bool]]:
    """Turns SIGINT into a question: a step is never left half done."""
    asked = False

    def note(_signal: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    try:
        before = signal.signal(signal.SIGINT, note)
    except ValueError:  # not the main thread: nobody can press Ctrl-C here
        yield lambda: False
        return
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)


def _advance(run: Run, until_ns: int | None, stopped: Callable[[], bool]) -> bool:
    """Go on until a moment of the world in small slices; returns whether nobody said stop."""
    if not run.began:
        run.advance(0)
    while not run.over and (until_ns is None or run.now_ns < until_ns):
        if stopped():
            return False
        at_ns = run.now_ns + SLICE_NS
        run.advance(at_ns if until_ns is None else min(at_ns, until_ns))
    return True


def _plain(run: Run, span_ns: int, stopped: Callable[[], bool]) -> bool:
    step_ns = max(60 * SECOND, span_ns // LINES // SECOND * SECOND)
    _advance(run, 0, stopped)
    until_ns = run.now_ns // step_ns * step_ns + step_ns
    while not run.over:
        if not _advance(run, until_ns, stopped):
            return False
        click.echo(line(run))
        until_ns += step_ns
    return True


def _live(run: Run, title: str, span_ns: int, stopped: Callable[[], bool]) -> bool:
    from rich.live import Live

    _advance(run, 0, stopped)
    first_ns = run.now_ns
    pace = max(1.0, span_ns / 1e9 / SHOW_S)
    began = time.perf_counter()
    with Live(auto_refresh=False, transient=True) as live:
        frame = 0
        while not run.over:
            until_ns = first_ns + int(frame / FRAMES_PER_S * pace * 1e9)
            if not _advance(run, until_ns, stopped):
                return False
            elapsed = max(1e-3, time.perf_counter() - began)
            shown_ns = run.now_ns - first_ns
            share = min(1.0, shown_ns / span_ns) if span_ns else 1.0
            speed = shown_ns / 1e9 / elapsed
            live.update(screen(run, title, speed, share, live.console.width), refresh=True)
            frame += 1
            time.sleep(max(0.0, frame / FRAMES_PER_S - (time.perf_counter() - began)))
    return True
