"""What a synthetic market is asked to be: plain data, no behaviour but the six named scenes.

Quantile tables hold `(probability, value)` knots; draws go straight from knot to knot. The ones
here were read off the shared recordings by `scripts/measure_recordings.py`, which prints them
again beside what the generator makes of them.
"""

from typing import Final

import msgspec

from pmcore.ids import CHAINLINK_FEED, MARKET_FEED, Feed
from pmcore.market import CRYPTO_FEES, FeeTerms, Settlement
from pmcore.sim.path import PathTerms
from pmcore.units import Ns, Price, Shares

Knots = tuple[tuple[float, float], ...]

# fmt: off
CHAINLINK_DELAY_MS: Final[Knots] = (
    (0.0, 990.0), (0.01, 1008.0), (0.05, 1064.0), (0.10, 1111.0), (0.25, 1207.0), (0.50, 1371.0),
    (0.75, 1545.0), (0.90, 1732.0), (0.95, 1848.0), (0.99, 2085.0), (1.0, 2124.0),
)
"""RTDS Chainlink, received minus stamped: feed_ticks_2026-04-27, BTC, 180 ticks."""
BINANCE_DELAY_MS: Final[Knots] = (
    (0.0, 350.0), (0.01, 366.0), (0.05, 388.0), (0.10, 393.0), (0.25, 408.0), (0.50, 429.0),
    (0.75, 464.0), (0.90, 513.0), (0.95, 545.0), (0.99, 716.0), (1.0, 814.0),
)
"""RTDS Binance, received minus stamped: feed_ticks_2026-04-27, BTC, 180 ticks."""
CLOB_DELAY_MS: Final[Knots] = (
    (0.0, 171.0), (0.01, 172.0), (0.10, 173.0), (0.25, 174.0), (0.50, 175.0), (0.75, 176.0),
    (0.90, 178.0), (0.95, 181.0), (0.99, 203.0), (1.0, 217.0),
)
"""Market channel, received minus the venue's stamp: clob_latency_2026-04-27, 128 price changes."""
TOUCH_SHARES: Final[Knots] = (
    (0.0, 5.0), (0.01, 6.0), (0.05, 11.0), (0.10, 18.0), (0.25, 55.0), (0.50, 162.0),
    (0.75, 455.0), (0.90, 1247.0), (0.95, 2654.0), (0.99, 6000.0), (1.0, 9000.0),
)
"""Size of the best level: depth_ladder_5m_2026-07 maker_probe queue_ahead (tail cut at 9000)."""
DEEP_SHARES: Final[Knots] = (
    (0.0, 5.0), (0.05, 6.0), (0.10, 10.0), (0.25, 35.0), (0.50, 360.0), (0.75, 500.0),
    (0.90, 760.0), (0.95, 1140.0), (0.99, 1500.0), (1.0, 3000.0),
)
"""Size of the levels behind it: raw_sessions_2026-04, levels 2 to 6 of 128 sides of books."""
TRADE_SHARES: Final[Knots] = (
    (0.0, 1.0), (0.01, 1.5), (0.05, 5.0), (0.10, 5.42), (0.25, 10.72), (0.50, 20.0),
    (0.75, 41.3), (0.90, 106.9), (0.95, 150.0), (0.99, 222.8), (1.0, 381.7),
)
"""Size of a trade: maker_fills_2026-02-26, 2462 fills."""
# fmt: on


class Silence(msgspec.Struct, frozen=True):
    """A feed says nothing from `from_s` to `until_s`, seconds from the first window's start.

    `told`: the silence begins with FeedLost and ends with FeedOpened; otherwise it is a stall
    that nobody reports. Either way the books come anew when the market feed returns.
    """

    feed: Feed
    from_s: float
    until_s: float
    told: bool = True


class NatureTerms(msgspec.Struct, frozen=True):
    """Everything that shapes a synthetic market, besides the seed."""

    first_window: int = 1_793_491_200
    """Unix second of the first window's start, a multiple of `window_s` (2026-11-01 00:00 UTC)."""
    windows: int = 1
    window_s: int = 900
    prefix: str = "btc-updown-15m"
    lead_s: int = 120
    """Seconds of facts before the first window starts; at least 65, so that the strike is seen."""
    until_s: int | None = None
    """Cut this many seconds after the first window's start; None runs to the last resolution."""
    listed_s: int = 600
    """A market is listed this long before its start (the first one at the very beginning)."""
    open_s: int = 60
    """The rivals fill a market's book this long before its start."""
    resolve_s: float = 55.0
    fees: FeeTerms = CRYPTO_FEES
    tick: Price = Price(100)
    min_size: Shares = Shares(5_000_000)
    settlement: Settlement = Settlement()
    path: PathTerms = PathTerms()
    binance_hz: float = 3.0
    basis_usd: float = 2.3
    """Binance above Chainlink on average (feed_ticks_2026-04-27)."""
    twap: bool = False
    """Also publish TWAP_60 once a second."""
    rate: float = 1.0
    """Multiplies level changes and trades; 1 gives about 40 facts/s, 130 about 5000/s."""
    changes_hz: float = 13.0
    """Level changes per second that follow nothing, in normal times, per token."""
    trades_hz: float = 0.7
    """Uninformed takers' first trades per second; each draws another after it half the time."""
    informed: float = 0.3
    """Probability per 50 ms that an informed taker acts where the edge is there; 0 for none."""
    informed_edge: float = 0.004
    """Dollars per share that a quote must be wrong by."""
    rival_lag_ms: tuple[int, int] = (450, 750)
    """Rivals quote around the fair value of this long ago; informed takers 100 to 400 ms."""
    mispricing: float = 0.006
    """Standard deviation, in dollars, of the rivals' slow common error."""
    chainlink_delay_ms: Knots = CHAINLINK_DELAY_MS
    binance_delay_ms: Knots = BINANCE_DELAY_MS
    clob_delay_ms: Knots = CLOB_DELAY_MS
    reset_every_s: float = 60.0
    """Mean time between unasked full books."""
    silences: tuple[Silence, ...] = ()

    def __post_init__(self) -> None:
        """Raise ValueError for terms that no market could have."""
        if self.window_s <= 0 or self.first_window % self.window_s:
            raise ValueError("first_window must be a multiple of window_s")
        if self.lead_s < 65:
            raise ValueError("lead_s must be at least 65: the strike is averaged over a minute")
        if self.tick not in (10, 100):
            raise ValueError("tick must be 10 or 100 basis points")
        if self.rate < 0.0 or self.windows < 1:
            raise ValueError("rate must not be negative, and windows at least 1")

    @property
    def begin_ns(self) -> Ns:
        """Venue time of the first step."""
        return Ns((self.first_window - self.lead_s) * 1_000_000_000)


_SCENE: Final = NatureTerms(
    window_s=300,
    prefix="btc-updown-5m",
    lead_s=70,
    until_s=180,
    rate=0.35,
    binance_hz=1.0,
)
_STILL: Final = PathTerms(vol_bp=(0.12, 0.12, 0.12), jump_every_s=0.0, miss=0.0)
SCENES: Final[dict[str, NatureTerms]] = {
    "quiet": msgspec.structs.replace(_SCENE, path=_STILL),
    "breakout": msgspec.structs.replace(
        _SCENE,
        path=msgspec.structs.replace(_STILL, shape=((90.0, 0.0), (94.0, 9.0), (150.0, 14.0))),
    ),
    "flip_at_end": msgspec.structs.replace(
        _SCENE,
        until_s=None,
        rate=0.2,
        path=msgspec.structs.replace(
            _STILL, shape=((0.0, 0.0), (120.0, 5.0), (262.0, 5.0), (270.0, -22.0))
        ),
    ),
    "feed_lost": msgspec.structs.replace(
        _SCENE,
        path=msgspec.structs.replace(_STILL, vol_bp=(0.2, 0.2, 0.2)),
        silences=(Silence(MARKET_FEED, 60.0, 68.0), Silence(CHAINLINK_FEED, 110.0, 125.0)),
    ),
    "oracle_stall": msgspec.structs.replace(
        _SCENE, path=_STILL, silences=(Silence(CHAINLINK_FEED, 60.0, 80.0, False),)
    ),
    "late_fill": msgspec.structs.replace(
        _SCENE, path=msgspec.structs.replace(_STILL, vol_bp=(0.2, 0.2, 0.2))
    ),
    "tick_change": msgspec.structs.replace(
        _SCENE,
        until_s=240,
        path=msgspec.structs.replace(_STILL, shape=((60.0, 0.0), (150.0, 18.0))),
    ),
}
"""The six small recordings of `replays/` (the late fill itself is the exchange's doing), and the
stall of an oracle."""
