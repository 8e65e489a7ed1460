"""The small recordings of `replays/`: a scene of the synthetic market, traded and journalled.

Nothing in them comes from a clock, a machine or a market: the same core and the same seed give the
same bytes.
"""

from pathlib import Path
from typing import Final

import msgspec

from pmcore.config import Config, config_from, config_text
from pmcore.freeze import freeze
from pmcore.sim.exchange import Exchange
from pmcore.sim.faults import Faults
from pmcore.sim.nature import scene
from pmcore.sim.world import World
from pmcore.state import new_state
from pmcore.step import next_deadline, step
from pmcore.units import MILLISECOND, Cash, Ns
from pmio.journal import JournalHead, JournalWriter

ACCOUNT: Final = 1
CASH: Final = Cash(1_000_000_000)


class Recipe(msgspec.Struct, frozen=True):
    """How one recording is made."""

    shows: str
    seed: int = 1
    faults: Faults | None = None


RECIPES: Final = {
    "quiet": Recipe("bitcoin stands still; both ladders rest, pairs are bought and merged"),
    "breakout": Recipe("bitcoin jumps: FAST_MOVE, fewer rungs, smaller sizes, lower pair price"),
    "flip_at_end": Recipe("the favourite loses within the last seconds; the market resolves"),
    "feed_lost": Recipe("the market feed is lost and returns, then Chainlink's"),
    "late_fill": Recipe(
        "fills overtake acknowledgements and come after their cancels; some trades fail on chain",
        faults=Faults(
            cancel_raced=0.3, ack_late=0.2, report_late=0.3, report_doubled=0.2, trade_failed=0.15
        ),
    ),
    "tick_change": Recipe("the favourite passes 0.96: the grid of both tokens becomes finer"),
}


def scene_config() -> Config:
    """The configuration of the scenes: a first run's, on five-minute windows."""
    return config_from(
        {
            "trading": {"window_seconds": 300, "slug_prefix": "btc-updown-5m"},
            # Nobody is there to resume: what a lost feed stopped must show that it heals.
            "risk": {"allow_auto_resume": True},
        }
    )


def record_scene(
    name: str, path: Path, *, segment_bytes: int = 1 << 30, budget_bytes: int = 1 << 32
) -> JournalWriter:
    """Write the journal of one scene (a folder, or one file ending in .pmj) and close it.

    Raises KeyError for a name not in `RECIPES`, JournalError for a path that is taken.
    """
    recipe = RECIPES[name]
    config = config_text(scene_config())
    state = new_state()
    journal = JournalWriter(
        path,
        JournalHead(run_id=name, config=config, note=f"scene {name}, seed {recipe.seed}"),
        segment_bytes,
        budget_bytes,
        snapshot=lambda: freeze(state),
        level=9,
    )
    exchange = Exchange()
    exchange.fund(ACCOUNT, CASH, Ns(0))
    world = World(
        step,
        state,
        scene(name, recipe.seed),
        exchange,
        faults=recipe.faults,
        seed=recipe.seed,
        on_record=journal.append,
        deadline=next_deadline,
        account=ACCOUNT,
        config=config,
        run_id=name,
        heartbeat_ns=5_000 * MILLISECOND,
    )
    world.run()
    journal.close()
    return journal
