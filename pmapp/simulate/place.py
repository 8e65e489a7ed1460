"""Where a run takes place: the local venue, its hosts in memory, and a thin synthetic market."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

import trio

from pmapp.local_venue.flow import Source
from pmapp.local_venue.host import Host, start
from pmapp.local_venue.terms import VenueTerms
from pmapp.local_venue.venue import Venue
from pmapp.settings import overridden
from pmapp.simulate.plan import Plan
from pmapp.simulate.weather import Cables, Weather
from pmcore.config import Config
from pmcore.events import AnyEvent
from pmcore.sim.nature import nature
from pmcore.sim.nature_terms import NatureTerms
from pmcore.units import SECOND, Ns
from pmio.addresses import Addresses

WINDOW_S: Final = 60
PREFIX: Final = "btc-updown-1m"
FIRST_WINDOW: Final = 1_800_000_000
BEGIN_NS: Final = Ns((FIRST_WINDOW - 4) * SECOND)
"""Shortly before a window, so that its strike is seen."""
SETTINGS: Final[dict[str, object]] = {
    "trading.window_seconds": WINDOW_S,
    "trading.slug_prefix": PREFIX,
    "trading.cutoff_seconds": 8,
    "inventory.emergency_window_s": 14,
    "inventory.taker_window_s": 12,
}
"""What the times of a 900 s window become in one of a minute, the shortest that is allowed."""
ADDRESSES: Final = Addresses(
    clob="http://clob.local:80",
    gamma="http://gamma.local:80",
    data="http://data.local:80",
    relayer="http://relayer.local:80",
    ws_market="ws://market.local:80/ws/market",
    ws_user="ws://user.local:80/ws/user",
    rtds="ws://rtds.local:80/",
    polybolt="ws://polybolt.local:80/ws",
    geoblock="http://gamma.local:80/api/geoblock",
)
_REST: Final = ("clob", "gamma", "data", "relayer")
_SOCKETS: Final = {
    "market": "/ws/market",
    "user": "/ws/user",
    "rtds": "/rtds",
    "polybolt": "/ws",
}


class Place:
    """The world of one run, without the bot."""

    def __init__(self, plan: Plan, nursery: trio.Nursery, folder: Path) -> None:
        self.plan = plan
        self.folder = folder
        terms = VenueTerms(
            seed=plan.seed,
            protocol=plan.protocol,
            tier=plan.tier,
            prefix=PREFIX,
            window_s=WINDOW_S,
            ahead=4,
        )
        source = _thin(terms)
        self.host: Host = start(lambda clock: Venue(terms, clock, source), BEGIN_NS)
        self.cables = Cables(nursery, Weather(plan))
        for name in _REST:
            self.cables.listen(name, partial(self.host.serve_http_stream, service=name))
        for name, path in _SOCKETS.items():
            self.cables.listen(name, partial(self.host.serve_ws_stream, path=path))
        self.config = _config(plan)

    @property
    def venue(self) -> Venue:
        """The venue itself."""
        return self.host.venue

    def now_ns(self) -> Ns:
        """The venue's time."""
        return Ns(self.host.clock())

    def account(self, wallet: str) -> int:
        """A wallet's number at the exchange; 0 while the venue has not seen it."""
        found = self.venue.wallets.by_address.get(wallet)
        return found.account if found is not None else 0


def _config(plan: Plan) -> Config:
    wanted = SETTINGS | {
        "risk.allow_auto_resume": plan.auto_resume,
        "risk.auto_resume_after_s": 5,
        "oracle.price_source": plan.price_source,
        "infra.reconcile_interval_s": plan.reconcile_s,
    }
    return overridden(Config(), [f"{key}={_toml(value)}" for key, value in wanted.items()])


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _thin(terms: VenueTerms) -> Source:
    """A market with as few facts as still lead to fills in every window."""

    def facts(now_ns: Ns) -> Iterator[AnyEvent]:
        first = (now_ns // SECOND + WINDOW_S // 2) // WINDOW_S * WINDOW_S
        market = NatureTerms(
            first_window=first,
            windows=1_000,
            window_s=WINDOW_S,
            prefix=PREFIX,
            lead_s=70,
            listed_s=40,
            open_s=15,
            resolve_s=12.0,
            twap=True,
            binance_hz=1.0,
            changes_hz=0.5,
            trades_hz=0.4,
            informed=0.1,
            reset_every_s=30.0,
        )
        return nature(terms.seed, market)

    return facts
