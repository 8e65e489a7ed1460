"""Tapes for tests: a tiny synthetic window, and the recorded Chainlink day."""

from pathlib import Path

from pmcore.events import MARKET_FACTS
from pmcore.sim.nature import nature
from pmcore.sim.nature_terms import NatureTerms
from pmio.tape import TapeMeta, write_tape
from pmio.tape_import.chainlink_day import read
from tests.recordings import shared_data

TINY = NatureTerms(windows=1, window_s=300, prefix="btc-updown-5m", lead_s=70, rate=0.25)


def tiny_tape(path: Path, terms: NatureTerms = TINY, seed: int = 3) -> Path:
    """One five-minute window of a synthetic market, to its settlement."""
    facts = (fact for fact in nature(seed, terms) if type(fact) in MARKET_FACTS)
    write_tape(path, facts, TapeMeta(source="nature", prefix=terms.prefix))
    return path


def day_tape(path: Path) -> Path:
    """The shared recording of one day; skips where it is absent."""
    folder = shared_data("data", "A_updown", "chainlink_5m_day")
    prices, markets = sorted(folder.glob("*prices*")), sorted(folder.glob("*markets*"))
    read(prices[0], markets[0]).save(path)
    return path
