"""The side towards the market, the same for live and paper: discovery, books, reference prices."""

from collections.abc import Mapping, Sequence

from pmcore.effects import DropMarket, Effect, FindMarket, ResyncBook, WatchMarket
from pmcore.events import AnyEvent, MarketDropped, MarketWatched
from pmcore.ids import BINANCE_FEED, CHAINLINK_FEED
from pmcore.units import Ns
from pmio.bolt_feed import BoltLine
from pmio.credentials import Credentials
from pmio.discovery import Discovery
from pmio.drive import Hand
from pmio.feed import Feed, Line
from pmio.lanes import Lane
from pmio.market_feed import MarketLine
from pmio.pacing import Pacing
from pmio.price_feed import RtdsLine, symbols_of
from pmio.rest import Rest
from pmio.resync import Resync
from pmio.side import Surroundings, Task


class MarketSide:
    """Finds, watches and prices the windows of the configured series.

    `credentials` are only needed for PolyBolt (`oracle.price_source`). ValueError without them.
    """

    def __init__(self, around: Surroundings, credentials: Credentials | None = None) -> None:
        config, addresses, network = around.config, around.addresses, around.network
        inbox, roster, now_ns = around.inbox, around.roster, around.clock.now_ns
        trading, oracle = config.trading, config.oracle
        self._inbox = inbox
        self._roster = roster
        self._rest = Rest(network, Pacing(), now_ns)
        self.discovery = Discovery(
            self._rest,
            addresses.gamma,
            addresses.clob,
            roster,
            inbox,
            trading.slug_prefix,
            search_s=trading.max_wait_next_market_seconds,
        )
        stale_s = oracle.market_ws_stale_ms / 1_000
        line = MarketLine(addresses.ws_market, roster, now_ns, stale_s)
        resync = Resync(self._rest, addresses.clob, roster, inbox, line.after)
        self._find = Lane("find", inbox, self.discovery.perform, 16)
        self._books = Lane("books", inbox, resync.perform, 32)
        lines: list[Line] = [line, *_prices(around, credentials)]
        self._feeds = [Feed(one, inbox, network, around.chance) for one in lines]

    @property
    def routes(self) -> Mapping[type[Effect], Hand]:
        """Finding and snapshots have lanes; watching and dropping only change the roster."""
        return {
            FindMarket: self._find.offer,
            ResyncBook: self._books.offer,
            WatchMarket: self._watch,
            DropMarket: self._drop,
        }

    @property
    def lanes(self) -> Sequence[Lane]:
        """Two, so that a slow listing never holds up a snapshot."""
        return (self._find, self._books)

    @property
    def tasks(self) -> Sequence[Task]:
        """Terms and results of known markets."""
        return (self.discovery.run,)

    @property
    def feeds(self) -> Sequence[Feed]:
        """The market channel, Chainlink, Binance."""
        return self._feeds

    def open(self) -> None:
        """Nothing to begin with."""

    def hear(self, event: AnyEvent) -> None:
        """Nothing to follow."""

    async def cancel_everything(self, within_s: float) -> bool:  # noqa: ARG002
        """Nothing of ours is on this side."""
        return True

    async def aclose(self) -> None:
        """Close the REST connections."""
        await self._rest.aclose()

    def _watch(self, effect: WatchMarket, _: Ns) -> None:
        self._roster.watch(effect.market)
        self._inbox.hear(MarketWatched, effect.market)

    def _drop(self, effect: DropMarket, _: Ns) -> None:
        self._roster.drop(effect.market)
        self._inbox.hear(MarketDropped, effect.market)


def _prices(around: Surroundings, credentials: Credentials | None) -> list[Line]:
    """The lines of both reference prices, silence being what the core calls stale."""
    oracle, addresses = around.config.oracle, around.addresses
    symbols = symbols_of(around.config.trading.slug_prefix)
    chainlink_s = oracle.chainlink_stale_ms / 1_000
    binance_s = 2 * oracle.binance_stale_ms / 1_000
    lines: list[Line] = []
    if oracle.price_source == "polybolt":
        if credentials is None:
            raise ValueError("oracle.price_source: polybolt needs the credentials of the CLOB")
        url = addresses.polybolt
        lines.append(BoltLine(url, symbols, credentials, around.clock.now_ns, chainlink_s))
    else:
        lines.append(RtdsLine(CHAINLINK_FEED, addresses.rtds, symbols, chainlink_s))
    if addresses.rtds:
        lines.append(RtdsLine(BINANCE_FEED, addresses.rtds, symbols, binance_s))
    return lines
