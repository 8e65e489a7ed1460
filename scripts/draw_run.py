"""Draw one moment of the demonstration as SVG: the same screen that `pm run` shows.

    .venv/bin/python scripts/draw_run.py FILE.svg

`docs/pictures/run.png` is that file, made into pixels by a browser or any other SVG program.
"""

import re
import sys
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from rich.console import Console  # noqa: E402 - the project's folder must be on the path first

from pmapp import backtest as runs  # noqa: E402
from pmapp.backtest_job import facts_of, nature_job, synthetic, world_span_ns  # noqa: E402
from pmapp.screen import screen  # noqa: E402
from pmcore.config import Config  # noqa: E402
from pmcore.sim.assumptions import MIDDLE  # noqa: E402
from pmcore.units import MICRO, SECOND, Cash  # noqa: E402

MOMENT_NS = 150 * SECOND
"""After the run's first fact: the first window has been traded for a while."""
WIDTH = 98


def picture() -> str:
    """The screen at that moment of seed 1."""
    config = Config()
    trading = config.trading
    job = nature_job(1, synthetic(trading.slug_prefix, trading.window_seconds, None))
    facts, _ = facts_of(job)
    run = runs.begin(job, facts, config, MIDDLE, Cash(1_000 * MICRO), None, "run")
    run.advance(0)
    first_ns = run.now_ns
    run.advance(first_ns + MOMENT_NS)
    share = MOMENT_NS / world_span_ns(job)
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True)
    console.print(screen(run, job.title, 120.0, share, WIDTH))
    drawn = console.export_svg(title="make run")
    # No font from the network: the viewer's own monospaced one.
    return re.sub(r"@font-face\s*{[^}]*}", "", drawn)


def main() -> None:
    """Write it."""
    Path(sys.argv[1]).write_text(picture(), encoding="utf-8")


if __name__ == "__main__":
    main()
