"""The side towards our account at the real venue: orders, cancels, fills, chain, heartbeats.

Posts, cancels and heartbeats have their own pools of connections, cancel-all and taker orders
their own lanes: none of them ever waits behind a page of trades, or behind each other.
"""

from collections.abc import Mapping, Sequence

import msgspec

from pmcore.effects import (
    AskScoring,
    CancelAll,
    CancelOrder,
    CancelStray,
    Effect,
    MergePairs,
    PlaceOrder,
    Reconcile,
    RedeemShares,
)
from pmcore.events import AnyEvent
from pmcore.ids import MarketId
from pmcore.state import State
from pmcore.units import Ns, Shares
from pmcore.wire.order_body import WalletTerms
from pmio import cancels, submits
from pmio.cancels import Cancels
from pmio.chain import Chain
from pmio.credentials import Credentials
from pmio.drive import Hand
from pmio.emergency import cancel_everything
from pmio.feed import Feed
from pmio.heartbeat import Heartbeat
from pmio.lanes import Lane
from pmio.op_log import OpLog
from pmio.pacing import Pacing, Tier
from pmio.reconcile import Reconciler
from pmio.relayer import Relayer
from pmio.rest import Rest, Sign
from pmio.scoring import Scoring
from pmio.sealing import Sealer
from pmio.side import Surroundings, Task
from pmio.signer import Signer
from pmio.submits import Submits
from pmio.trade_log import TradeLog
from pmio.user_feed import UserLine
from pmio.venue_mode import VenueMode


class Account(msgspec.Struct):
    """Who trades: the key that signs, the wallet that pays, the API key that asks."""

    signer: Signer
    wallet: WalletTerms
    credentials: Credentials
    relay_sign: Sign | None = None
    """Makes the relayer's headers; None where it wants none (a local venue)."""


class LiveSide:
    """Everything of one account at a venue.

    No trade before `since_ns` can be missing. `state` is the drive's, and only read, between steps:
    what the core believes to own tells whether an operation of unknown fate was done.
    """

    def __init__(
        self, around: Surroundings, account: Account, state: State, ops: OpLog, since_ns: int
    ) -> None:
        config, addresses, network = around.config, around.addresses, around.network
        inbox, roster, clock = around.inbox, around.roster, around.clock
        clob, infra = addresses.clob, config.infra
        credentials = account.credentials
        sign: Sign = credentials.key.headers
        tier = Tier(infra.place_per_s, infra.place_burst, infra.cancel_per_s, infra.cancel_burst)
        pacing = Pacing(tier)
        self.venue_mode = VenueMode(inbox, pacing)

        def rest(connections: int) -> Rest:
            return Rest(
                network,
                pacing,
                clock.now_ns,
                heard=self.venue_mode.hear,
                scrub=credentials.scrub,
                connections=connections,
            )

        self._rests = [rest(3), rest(4), rest(2), rest(8)]
        posting, cancelling, beating, plain = self._rests
        self.sealer = Sealer(account.signer, account.wallet)
        self._submits = Submits(posting, clob, sign, self.sealer, roster, inbox)
        self._cancels = Cancels(cancelling, clob, sign, roster, inbox)
        log = TradeLog(since_ns)
        log.recall(state)
        signature_type = account.wallet.signature_type
        self._reconciler = Reconciler(plain, clob, sign, roster, inbox, log, signature_type)
        scoring = Scoring(plain, clob, sign, roster, inbox)
        relayer = Relayer(
            plain,
            addresses.relayer if config.merge.path == "relayer" else "",
            account.relay_sign,
            account.signer,
            account.wallet,
            clock.now_ns,
        )

        def believed(market: MarketId) -> tuple[Shares, Shares]:
            known = state.markets.get(market)
            up, down = known.inventory.shares if known is not None else (0, 0)
            return Shares(up), Shares(down)

        self.chain = Chain(relayer, roster, inbox, ops, self._reconciler.held, believed)
        self.heartbeat = Heartbeat(
            beating, clob, sign, inbox, config.heartbeats.interval_ms / 1_000
        )
        self._post = Lane("post", inbox, self._submits.perform, 128, submits.BATCH_MAX)
        self._take = Lane("take", inbox, self._submits.perform, 16)
        self._cancel = Lane("cancel", inbox, self._cancels.perform, 512, cancels.BATCH_MAX)
        self._cancel_all = Lane("cancel_all", inbox, self._cancels.perform_all, 8, 8)
        self._chain = Lane("chain", inbox, self.chain.perform, 16)
        self._views = Lane("views", inbox, self._reconciler.perform, 4)
        self._scores = Lane("scores", inbox, scoring.perform, 4)
        line = UserLine(addresses.ws_user, roster, credentials, log, self._reconciler.catch_up)
        self._feeds = [Feed(line, inbox, network, around.chance)]
        self._emergency = (network, clob, sign, clock)

    @property
    def routes(self) -> Mapping[type[Effect], Hand]:
        """Each act of the account to its lane."""
        return {
            PlaceOrder: self._place,
            CancelOrder: self._cancel.offer,
            CancelStray: self._cancel.offer,
            CancelAll: self._cancel_all.offer,
            MergePairs: self._chain.offer,
            RedeemShares: self._chain.offer,
            Reconcile: self._views.offer,
            AskScoring: self._scores.offer,
        }

    @property
    def lanes(self) -> Sequence[Lane]:
        """The lanes behind the routes."""
        return (
            self._post,
            self._take,
            self._cancel,
            self._cancel_all,
            self._chain,
            self._views,
            self._scores,
        )

    @property
    def tasks(self) -> Sequence[Task]:
        """The dead-man switch, the ends of modes, open fates on chain."""
        return (self.venue_mode.run, self.chain.settle, self.heartbeat.run)

    @property
    def feeds(self) -> Sequence[Feed]:
        """The user channel."""
        return self._feeds

    def _place(self, effect: PlaceOrder, asked_ns: Ns) -> None:
        """A marketable order is answered after the taker delay: it may not hold up the others."""
        lane = self._post if effect.post_only else self._take
        lane.offer(effect, asked_ns)

    def open(self) -> None:
        """Nothing to begin with."""

    def hear(self, event: AnyEvent) -> None:
        """Nothing to follow."""

    async def cancel_everything(self, within_s: float) -> bool:
        """On a connection of its own, shielded."""
        return await cancel_everything(*self._emergency, within_s)

    async def aclose(self) -> None:
        """Close the REST connections."""
        for rest in self._rests:
            await rest.aclose()
