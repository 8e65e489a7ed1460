"""The synthetic market: one seed, one market, for ever the same facts."""

from collections.abc import Iterator

from pmcore.events import AnyEvent
from pmcore.sim.flow import flow
from pmcore.sim.nature_terms import SCENES, NatureTerms
from pmcore.sim.path import diffusion
from pmcore.units import SECOND, Ns


def nature(seed: int, terms: NatureTerms) -> Iterator[AnyEvent]:
    """Market facts in heard order: listings, books, trades, prices, resolutions.

    `docs/simulation.md` says what is in them and how they compare with the recordings.
    """
    zero_ns = Ns(terms.first_window * SECOND)
    return flow(diffusion(seed, terms.path, terms.begin_ns, zero_ns), seed, terms)


def scene(name: str, seed: int) -> Iterator[AnyEvent]:
    """One of the named small recordings. Raises KeyError for a name not in `SCENES`."""
    return nature(seed, SCENES[name])
