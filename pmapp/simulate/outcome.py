"""What simulations find, as plain values."""

from typing import Any, Final

import msgspec

SAFETY: Final = "safety"
LIVENESS: Final = "liveness"
END: Final = "end"
CRASHED: Final = "crashed"
"""The simulation itself did not come to an end."""


class Failure(msgspec.Struct, frozen=True):
    """Something that was not as it must be."""

    seed: int
    phase: str
    at_s: float
    """Virtual seconds since the run began."""
    what: str
    command: str
    """Reproduces it."""


class Played(msgspec.Struct, kw_only=True):
    """One run. `digest` is of everything that the bot saw and asked for, over all its lives."""

    seed: int
    failures: list[Failure] = []
    digest: str = ""
    events: int = 0
    effects: int = 0
    fills: int = 0
    lives: int = 0
    faults: int = 0
    """Faults that began, troubles of the network and deaths of the bot included."""
    kills: int = 0
    """How often the bot's own kill switch tripped."""
    virtual_s: float = 0.0
    quoting_after_s: float = 0.0
    """From the end of the last fault until it was quoting."""
    agreed_after_s: float = 0.0
    """From the last order until its books were the venue's."""
    cpu_s: float = 0.0
    log: list[str] = []
    """What happened when, for people."""


class Simulated(msgspec.Struct, kw_only=True):
    """Many runs."""

    seeds: int
    first: int
    end: int
    failures: list[Failure]
    events: int
    effects: int
    fills: int
    lives: int
    faults: int
    kills: int
    virtual_seconds: float
    seconds: float
    cpu_seconds: float
    quoting_after_s: dict[str, float]
    agreed_after_s: dict[str, float]
    digest: str
    """Of the runs' digests, in the order of their seeds."""
    slowest: list[dict[str, Any]]


def command_of(seed: int) -> str:
    """What shows a run again, with everything that happened in it."""
    return f"pm simulate --seeds {seed}..{seed + 1} --verbose"
