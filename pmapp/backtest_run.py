"""One run of the maker over one stream of facts on the simulated exchange, and what came of it."""

from collections import deque
from collections.abc import Iterator
from typing import Final

import msgspec

from pmapp.backtest_limits import Limits, Worst
from pmapp.backtest_quoting import Clock, Quoting
from pmapp.backtest_series import Series, Tracks, WindowSeries
from pmapp.calibration import Samples
from pmapp.calibration_live import LiveSampler
from pmapp.ledger import Ledger, Split
from pmapp.ledger_market import MarketRow
from pmcore.config import Config, config_text
from pmcore.effects import (
    AnyEffect,
    CancelAll,
    CancelOrder,
    Halt,
    MergePairs,
    Note,
    PlaceOrder,
    RedeemShares,
)
from pmcore.events import (
    AnyEvent,
    Beat,
    MarketDropped,
    MarketResolved,
    MergeConfirmed,
    RedeemConfirmed,
    TradeReported,
)
from pmcore.sim.assumptions import MODEL_NAMES, Assumptions
from pmcore.sim.exchange import Exchange
from pmcore.sim.world import World
from pmcore.state import State, new_state
from pmcore.step import next_deadline, step
from pmcore.units import MILLISECOND, Cash, Ns
from pmio.journal import JournalWriter, RunDigest
from pmio.journal_frame import encode

ACCOUNT: Final = 1
BATCH: Final = 512
"""Records that are encoded together for the digest."""
ACTS: Final = (PlaceOrder, CancelOrder, CancelAll, MergePairs, RedeemShares, Halt)
"""Effects that those who watch want to see."""


class Result(msgspec.Struct, kw_only=True):
    """What one run did. Micro-dollars, micro-shares and nanoseconds, as in the core."""

    assumption: str
    events: int
    effects: int
    seconds: float
    """Wall time that the run took."""
    markets_traded: int
    fills: int
    maker_fills: int
    pairs_merged: int
    bought: int
    pnl: int
    split: Split
    markouts: tuple[int, ...]
    markout_shares: tuple[int, ...]
    rebate_estimate: int
    cash: int
    open_markets: int
    """Windows with a position at the end of the facts."""
    worst: Worst
    quoting: Quoting
    rows: list[MarketRow]
    violations: int
    broken: list[str]
    kills: list[str]
    digest: str
    run_series: Series | None = None
    window_series: WindowSeries | None = None
    samples: Samples | None = None


class Run:
    """The maker, its world, and everybody who watches it. `advance` it until it is `over`."""

    def __init__(
        self,
        facts: Iterator[AnyEvent],
        config: Config,
        model: int,
        cash: Cash,
        *,
        run_id: str = "backtest",
        journal: JournalWriter | None = None,
        seed: int = 0,
    ) -> None:
        self.assumption = MODEL_NAMES[model]
        exchange = Exchange(Assumptions(model=model, pay_rebates=True))
        exchange.fund(ACCOUNT, cash, Ns(0))
        self.state: State = new_state()
        heartbeats = config.heartbeats
        self.world: World[State] = World(
            step,
            self.state,
            facts,
            exchange,
            seed=seed,
            on_record=self._record,
            deadline=next_deadline,
            account=ACCOUNT,
            config=config_text(config),
            run_id=run_id,
            heartbeat_ns=heartbeats.interval_ms * MILLISECOND if heartbeats.enabled else 0,
        )
        self.ledger = Ledger()
        self.clock = Clock()
        self.limits = Limits()
        self.tracks = Tracks()
        self.sampler = LiveSampler()
        self.events = 0
        self.effects = 0
        self.notes: list[Note] = []
        """Alerts of the core, as they came."""
        self.recent: deque[tuple[Ns, AnyEffect | AnyEvent]] = deque(maxlen=32)
        """The latest acts and the latest news of our account, for those who watch."""
        self._journal = journal
        self._digest = RunDigest()
        self._heard: list[AnyEvent] = []
        self._asked: list[tuple[int, list[AnyEffect]]] = []

    @property
    def began(self) -> bool:
        """Whether the first step has been taken."""
        return self.events > 0

    @property
    def now_ns(self) -> int:
        """How far the world has come."""
        return self.world.now_ns

    @property
    def over(self) -> bool:
        """Whether all facts have been heard and what they led to is done."""
        return self.world.over

    def advance(self, until_ns: int | None = None) -> None:
        """Go on until a moment of the world, or to the end."""
        self.world.run(until_ns)

    def _record(self, event: AnyEvent, effects: list[AnyEffect]) -> None:
        state = self.state
        self.events += 1
        self._heard.append(event)
        if effects:
            self.effects += len(effects)
            self._asked.append((self.events, effects))
            self._effects(effects)
        if len(self._heard) >= BATCH:
            self._write()
        kind = event.__class__
        if kind is Beat:
            self.ledger.watch(state)
            self.clock.beat(state)
            self.tracks.beat(state, self.ledger)
            self.sampler.beat(state)
        elif kind is TradeReported:
            if self.ledger.trade(state, event):  # type: ignore[arg-type]
                self.tracks.fill(state, event)  # type: ignore[arg-type]
                self.recent.append((state.now_ns, event))
        elif kind is MergeConfirmed or kind is RedeemConfirmed:
            self.ledger.gas += event.gas  # type: ignore[union-attr]
            self.recent.append((state.now_ns, event))
        elif kind is MarketResolved:
            self.recent.append((state.now_ns, event))
            self.sampler.samples.resolve(event.market, event.payout_up)  # type: ignore[union-attr]
            self.tracks.resolved(event.market, event.payout_up)  # type: ignore[union-attr]
        elif kind is MarketDropped:
            self.ledger.dropped(event.market)  # type: ignore[union-attr]
        self.limits.record(state, event, effects)

    def _effects(self, effects: list[AnyEffect]) -> None:
        now = self.state.now_ns
        for effect in effects:
            if isinstance(effect, Note):
                self.notes.append(effect)
                if effect.code == "killed":
                    self.limits.kills.append((now, effect.text))
            elif isinstance(effect, ACTS):
                self.recent.append((now, effect))

    def _write(self) -> None:
        """Encode what has gathered: for the journal, or for the digest alone."""
        heard, asked = self._heard, self._asked
        if not heard:
            return
        if self._journal is not None:
            answers = dict(asked)
            first = self.events - len(heard) + 1
            for number, event in enumerate(heard, first):
                self._journal.append(event, answers.get(number, []))
        else:
            self._digest.add(encode(heard), encode(asked))
        self._heard = []
        self._asked = []

    def result(self, seconds: float) -> Result:
        """What the run has come to so far; `seconds` is the wall time it took."""
        self._write()
        if self._journal is not None:
            self._journal.close()
        state, ledger = self.state, self.ledger
        rows = ledger.all_rows()
        split = ledger.split(state)
        present = [market.inventory for market in state.markets.values()]
        return Result(
            assumption=self.assumption,
            events=self.events,
            effects=self.effects,
            seconds=seconds,
            markets_traded=len(rows),
            fills=ledger.fills,
            maker_fills=ledger.maker_fills,
            pairs_merged=state.totals.pairs_merged + sum(i.pairs_merged for i in present),
            bought=sum(row.bought for row in rows),
            pnl=split.total,
            split=split,
            markouts=ledger.markouts(),
            markout_shares=ledger.markout_shares(),
            rebate_estimate=ledger.rebate_estimate(),
            cash=state.cash,
            open_markets=sum(any(inventory.shares) for inventory in present),
            worst=self.limits.worst,
            quoting=self.clock.quoting(),
            rows=rows,
            violations=self.limits.violations,
            broken=self.limits.broken,
            kills=[why for _, why in self.limits.kills],
            digest=self._digest.hexdigest() if self._journal is None else self._journal.digest,
            run_series=self.tracks.run,
            window_series=self.tracks.window(),
            samples=self.sampler.samples,
        )
