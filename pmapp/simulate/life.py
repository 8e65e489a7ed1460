"""One life of the bot: from what its journal remembers to its exit code, or to its sudden death."""

from hashlib import sha256
from random import Random
from typing import Final

import trio

from pmapp.simulate.judge import Judge
from pmapp.simulate.place import ADDRESSES, Place
from pmapp.simulate.plan import CRASH, RESTART, Death
from pmapp.simulate.weather import BotNetwork
from pmapp.simulate.witness import WitnessedJournal
from pmcore import events as ev
from pmcore.config import config_text
from pmcore.effects import Effects, Note
from pmcore.freeze import freeze
from pmcore.state import State, new_state
from pmcore.units import SECOND, Ns
from pmcore.wire.order_body import wallet_terms
from pmcore.wire.trade import Account as Ownership
from pmcore.wire.wallets import funder_of
from pmio.clock import TrioClock
from pmio.credentials import Credentials, KeyRefused, obtain
from pmio.inbox import Inbox
from pmio.journal import JournalHead, JournalWriter
from pmio.live_side import Account, LiveSide
from pmio.market_side import MarketSide
from pmio.op_log import OpLog
from pmio.pacing import Pacing
from pmio.permission import refusal
from pmio.recovery import Recovered, opening, prepare, recovered
from pmio.rest import Rest, Unreachable
from pmio.roster import Roster
from pmio.secrets import Secret
from pmio.shell import Shell
from pmio.side import Surroundings
from pmio.signer import KeySigner

SIGNER: Final = KeySigner(Secret("wallet key", "0x" + sha256(b"pm simulate").hexdigest()))
"""Nobody's key: it is good for this venue alone."""
DEAD: Final = -1
"""In place of an exit code: it was killed."""
REFUSED: Final = -2
"""In place of an exit code: the venue did not let it start."""
SINCE_S: Final = 3_600


class MortalSide(LiveSide):
    """The account's side of a bot that may be killed; the dead cancel nothing."""

    dead = False

    async def cancel_everything(self, within_s: float) -> bool:
        """As any bot does, unless it is dead."""
        return True if self.dead else await super().cancel_everything(within_s)


class Life:
    """One incarnation. `number` counts them from 1."""

    def __init__(self, place: Place, judge: Judge, number: int) -> None:
        self.place = place
        self.number = number
        self.run_id = f"life-{number}"
        self.wallet = funder_of(place.plan.wallet_type, SIGNER.address)
        self.roster: Roster | None = None
        self.shell: Shell | None = None
        self.state: State | None = None
        self.notes: list[tuple[Ns, Note]] = []
        self.why = ""
        """Of a refused start."""
        self.digest = ""
        self.failure: BaseException | None = None
        self._judge = judge
        self._network = BotNetwork(place.cables)
        self._side: MortalSide | None = None
        self._journal: WitnessedJournal | None = None
        self._scope = trio.CancelScope()
        self._killed = False
        self._over = False

    async def run(self) -> int:
        """Live; the exit code, DEAD or REFUSED."""
        code = DEAD
        with self._scope:
            code = await self._live()
        self._over = True
        if self._journal is not None:
            self.digest = self._journal.writer.digest
        return DEAD if self._killed else code

    async def _live(self) -> int:
        try:
            credentials = await self._admitted()
        except (Unreachable, KeyRefused) as error:
            self.why = str(error)
            return REFUSED
        if credentials is None:
            return REFUSED
        shell, begin = self._assembled(credentials)
        self.shell = shell
        try:
            return await shell.run(self.run_id, "live", config_text(self.place.config), begin)
        finally:
            self.failure = shell.failure

    def die(self, death: Death) -> None:
        """End as the plan wants."""
        if self.shell is None:
            self._stop_here()  # killed while it was starting
        elif death.kind == RESTART:
            self.shell.stop()
        elif death.kind == CRASH or self._journal is None:
            self._stop_here()
        else:
            self._journal.armed = death.kind

    @property
    def alive(self) -> bool:
        """Whether it has started and not ended."""
        return self.shell is not None and not self._killed and not self._over

    def leave(self) -> None:
        """The run is over: nothing more is done, wherever it stands."""
        self._stop_here()

    def _stop_here(self) -> None:
        """Killed where it stands."""
        self._kill()
        if self._journal is not None:
            self._journal.gone()
        self._scope.cancel()

    def _kill(self) -> None:
        self._killed = True
        self._network.die()
        if self._side is not None:
            self._side.dead = True

    async def _admitted(self) -> Credentials | None:
        """The API key, if we may trade. Raises Unreachable or KeyRefused."""
        place = self.place
        rest = Rest(self._network, Pacing(), place.now_ns)
        try:
            found = await obtain(rest, ADDRESSES.clob, SIGNER, place.venue.terms.chain_id)
            self.why = await refusal(rest, ADDRESSES, found.key.headers)
        finally:
            with trio.CancelScope(shield=True):
                await rest.aclose()
        return None if self.why else found

    def _assembled(self, credentials: Credentials) -> tuple[Shell, list[ev.AnyEvent]]:
        """The shell, and what its journal begins with."""
        place = self.place
        clock = TrioClock(place.now_ns())
        found = recovered(place.folder)
        if found is not None:
            prepare(found, clock.now_ns())
        state = found.state if found is not None else new_state()
        self.state = state
        inbox = Inbox(clock, not_before_ns=state.now_ns)
        wallet_type = place.plan.wallet_type
        wallet = wallet_terms(wallet_type, SIGNER.address, self.wallet, credentials.key_id)
        roster = Roster(Ownership(credentials.key_id, wallet.maker))
        chance = Random(f"jitter/{place.plan.seed}/{self.number}")
        around = Surroundings(place.config, ADDRESSES, self._network, clock, inbox, roster, chance)
        headers = {"RELAYER_API_KEY": "relay", "RELAYER_API_KEY_ADDRESS": SIGNER.address}
        account = Account(SIGNER, wallet, credentials, lambda *_: headers)
        ops = OpLog(place.folder / "ops.jsonl")
        side = MortalSide(around, account, state, ops, clock.now_ns() - SINCE_S * SECOND)
        begin: list[ev.AnyEvent] = []
        if found is not None:
            roster.recall(state, side.sealer)
            begin = [*opening(found, inbox.stamp()), *side.chain.resume(state)]
        self.roster, self._side = roster, side
        self._journal = self._opened(found, state, chance)
        self._judge.born()
        shell = Shell(
            state,
            inbox,
            self._journal,
            side,
            MarketSide(around, credentials),
            lambda note, at_ns: self.notes.append((at_ns, note)),
            stopwatch=trio.current_time,
        )
        return shell, begin

    def _opened(self, found: Recovered | None, state: State, chance: Random) -> WitnessedJournal:
        head = JournalHead(
            run_id=self.run_id,
            mode="live",
            config=config_text(self.place.config),
            first=found.first if found is not None else 1,
        )
        writer = JournalWriter(self.place.folder, head, snapshot=lambda: freeze(state))

        def stepped(event: ev.AnyEvent, effects: Effects) -> None:
            self._judge.stepped(state, event, effects)

        journal = WitnessedJournal(writer, stepped, chance.randrange(1 << 30))
        journal.dead = self._kill
        return journal
