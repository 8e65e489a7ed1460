"""The two price feeds, RTDS and PolyBolt: subscriptions, first batches, sequence numbers.

Source: venue reference, sections 6.1 and 6.2. RTDS has its documented traps: `filters` is JSON in a
string and must hold no space (the batch comes, then silence), and one unknown topic refuses the
whole request. PolyBolt wants credentials first and counts its frames per connection and channel.
"""

from collections import deque
from typing import Final

import msgspec

from pmapp.local_venue.outbox import Outbox
from pmapp.local_venue.user_channel import Credentials, Vouch
from pmcore.ids import BINANCE, CHAINLINK, TWAP_60, Source
from pmcore.units import SECOND, Ns, OraclePrice
from pmcore.wire.encode_prices import (
    BOLT_CHANNELS,
    BOLT_SYMBOL,
    RTDS_REFUSED,
    RTDS_SYMBOLS,
    RTDS_TOPICS,
    Tick,
    bolt_control,
    bolt_frame,
    rtds_backfill,
    rtds_update,
)

RTDS_BATCH_NS: Final = 60 * SECOND
BOLT_BATCH_NS: Final = 120 * SECOND
QUIET_TOPICS: Final = ("comments", "equity_prices", "crypto_prices_twap_thirty")
"""Known to the venue, and silent here."""
BOLT_QUIET: Final = ("price.equity", "price.equity.twap")
BOLT_PAIRS_MAX: Final = 64
BOLT_ATTEMPTS_MAX: Final = 8
BOLT_FRAME_MAX: Final = 65_536
POLICY: Final = 4008
_TOPICS: Final = {name: source for source, name in RTDS_TOPICS.items()}
_CHANNELS: Final = {name: source for source, name in BOLT_CHANNELS.items()}


class _Topic(msgspec.Struct):
    topic: str = ""
    type: str = ""
    filters: str = ""


class _RtdsWish(msgspec.Struct):
    action: str = ""
    subscriptions: list[_Topic] = []


class _Filter(msgspec.Struct):
    symbol: str = ""
    window_seconds: int = 60


class _Channel(msgspec.Struct):
    channel: str = ""
    filter: _Filter = msgspec.field(default_factory=_Filter)


class _BoltWish(msgspec.Struct):
    op: str = ""
    rid: str = ""
    auth: Credentials | None = None
    subscriptions: list[_Channel] = []


_RTDS: Final = msgspec.json.Decoder(_RtdsWish)
_FILTER: Final = msgspec.json.Decoder(dict[str, str])
_BOLT: Final = msgspec.json.Decoder(_BoltWish)
FAULTS: Final = (msgspec.MsgspecError, ValueError, RecursionError)


class RtdsSession:
    """One connection to the old feed."""

    __slots__ = ("deaf", "feeds", "outbox", "seq", "topics")

    def __init__(self, feeds: "PriceFeeds", outbox: Outbox, name: str) -> None:
        self.feeds = feeds
        self.outbox = outbox
        self.topics: dict[int, bool] = {}
        """Source to whether updates follow the first batch."""
        self.seq = name
        self.deaf = False

    def hear(self, message: str | bytes) -> None:
        """A message from the client; a keep-alive is not answered ("no PONG seen")."""
        text = message.decode("utf-8", "replace") if isinstance(message, bytes) else message
        if text.strip().upper() == "PING":
            return
        try:
            wish = _RTDS.decode(text)
        except FAULTS:
            return
        if self.deaf:
            self.deaf = False
            return
        known = (*_TOPICS, *QUIET_TOPICS)
        if any(of.topic not in known for of in wish.subscriptions):
            self.outbox.put(RTDS_REFUSED)
            return
        for of in wish.subscriptions:
            source = _TOPICS.get(of.topic)
            if source is None:
                continue
            if wish.action == "unsubscribe":
                self.topics.pop(source, None)
            elif wish.action == "subscribe":
                self._subscribe(source, of.filters)

    def _subscribe(self, source: Source, filters: str) -> None:
        try:
            symbol = _FILTER.decode(filters).get("symbol", "") if filters else ""
        except FAULTS:
            return
        if symbol and symbol != RTDS_SYMBOLS[source]:
            return
        # "filter with a space gives the backfill then silence" (section 6.1).
        self.topics[source] = " " not in filters
        self.outbox.put(rtds_backfill(source, self.feeds.recent(source, RTDS_BATCH_NS), self.now))

    @property
    def now(self) -> Ns:
        """The feeds' time."""
        return self.feeds.now_ns

    def price(self, source: Source, tick: Tick) -> None:
        """A price was published."""
        if self.topics.get(source):
            self.outbox.put(rtds_update(source, tick, self.now, self.seq))

    def gone(self) -> None:
        """The connection has ended."""
        self.feeds.sessions.remove(self)


class BoltSession:
    """One connection to the new feed."""

    __slots__ = ("attempts", "authed", "deaf", "feeds", "outbox", "seqs")

    def __init__(self, feeds: "PriceFeeds", outbox: Outbox) -> None:
        self.feeds = feeds
        self.outbox = outbox
        self.authed = False
        self.attempts = 0
        self.seqs: dict[int, int] = {}
        """Source to the number of the last frame; a source that is not in it is not subscribed."""
        self.deaf = False

    def hear(self, message: str | bytes) -> None:
        """A message from the client."""
        if len(message) > BOLT_FRAME_MAX:
            self.outbox.close(POLICY, "frame too large")
            return
        try:
            wish = _BOLT.decode(message)
        except FAULTS:
            self.outbox.put(bolt_control("error", code="bad_request"))
            return
        if wish.op == "ping":
            self.outbox.answer(bolt_control("pong", wish.rid))
        elif wish.op == "auth":
            self._auth(wish)
        elif not self.authed:
            self.outbox.put(bolt_control("error", wish.rid, code="auth_required"))
        elif wish.op == "subscribe" and self.deaf:
            self.deaf = False
        elif wish.op == "subscribe":
            for of in wish.subscriptions:
                self._subscribe(of, wish.rid)
        elif wish.op == "unsubscribe":
            for of in wish.subscriptions:
                self.seqs.pop(_CHANNELS.get(of.channel, -1), None)

    def _auth(self, wish: _BoltWish) -> None:
        self.attempts += 1
        if wish.auth is not None and self.feeds.vouch(wish.auth):
            self.authed = True
            self.outbox.put(bolt_control("authed", wish.rid))
        elif self.attempts >= BOLT_ATTEMPTS_MAX:
            self.outbox.close(POLICY, "auth_attempts")
        else:
            self.outbox.put(bolt_control("error", wish.rid, code="auth_invalid"))

    def _subscribe(self, of: _Channel, rid: str) -> None:
        source = _CHANNELS.get(of.channel)
        known = source is not None or of.channel in BOLT_QUIET
        if not known or (source is not None and of.filter.symbol != BOLT_SYMBOL):
            self.outbox.put(bolt_control("error", rid, channel=of.channel, code="bad_filter"))
            return
        if source == TWAP_60 and of.filter.window_seconds != 60:
            self.outbox.put(bolt_control("error", rid, channel=of.channel, code="bad_filter"))
            return
        if len(self.seqs) >= BOLT_PAIRS_MAX:
            self.outbox.close(POLICY, "sub_limit")
            return
        self.outbox.put(bolt_control("subscribed", rid, channel=of.channel))
        if source is not None:
            batch = self.feeds.recent(source, BOLT_BATCH_NS)
            seq = self.seqs[source] = self.seqs.get(source, 0) + 1
            self.outbox.put(bolt_frame(source, seq, batch, self.feeds.now_ns, True))

    def price(self, source: Source, tick: Tick) -> None:
        """A price was published."""
        seq = self.seqs.get(source)
        if seq is not None:
            self.seqs[source] = seq + 1
            self.outbox.put(bolt_frame(source, seq + 1, (tick,), self.feeds.now_ns, False))

    def gone(self) -> None:
        """The connection has ended."""
        self.feeds.sessions.remove(self)


class PriceFeeds:
    """What was published in the last two minutes, and who listens."""

    __slots__ = ("_past", "now_ns", "opened", "sessions", "vouch")

    def __init__(self, vouch: Vouch) -> None:
        self.vouch = vouch
        self.sessions: list[RtdsSession | BoltSession] = []
        self.now_ns = Ns(0)
        self.opened = 0
        self._past: dict[int, deque[Tick]] = {
            source: deque() for source in (CHAINLINK, BINANCE, TWAP_60)
        }

    def open_rtds(self, outbox: Outbox) -> RtdsSession:
        """A new connection to the old feed."""
        self.opened += 1
        session = RtdsSession(self, outbox, f"local{self.opened:08d}=")
        self.sessions.append(session)
        return session

    def open_bolt(self, outbox: Outbox) -> BoltSession:
        """A new connection to the new feed."""
        session = BoltSession(self, outbox)
        self.sessions.append(session)
        return session

    def publish(self, source: Source, venue_ns: Ns, price: OraclePrice, now_ns: Ns) -> None:
        """One price of one source."""
        self.now_ns = now_ns
        past = self._past[source]
        tick = (venue_ns, price)
        past.append(tick)
        while past and past[0][0] <= now_ns - BOLT_BATCH_NS:
            past.popleft()
        for session in self.sessions:
            session.price(source, tick)

    def recent(self, source: Source, span_ns: int) -> list[Tick]:
        """What was published of a source in the last `span_ns`, oldest first."""
        return [tick for tick in self._past[source] if tick[0] > self.now_ns - span_ns]
