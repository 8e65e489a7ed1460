"""One life of the bot: from what its journal remembers to its exit code, or to its sudden death."""

from hashlib import sha256
from random import Random
from typing import Final

import trio

from pmapp.maker_run.assembly import Built, Ground, live, log_in
from pmapp.simulate.judge import Judge
from pmapp.simulate.mortal import MortalSide
from pmapp.simulate.place import ADDRESSES, Place
from pmapp.simulate.plan import CRASH, RESTART, Death
from pmapp.simulate.weather import BotNetwork
from pmapp.simulate.witness import WitnessedJournal
from pmcore.config import config_text
from pmcore.effects import Effects, Note
from pmcore.events import AnyEvent
from pmcore.freeze import freeze
from pmcore.state import State, new_state
from pmcore.units import Ns
from pmcore.wire.wallets import funder_of
from pmio.clock import TrioClock
from pmio.credentials import KeyRefused
from pmio.journal import JournalHead, JournalWriter
from pmio.live_side import Account
from pmio.pacing import Pacing
from pmio.permission import refusal
from pmio.recovery import Recovered, prepare, recovered
from pmio.rest import Rest, Unreachable
from pmio.roster import Roster
from pmio.secrets import Secret
from pmio.shell import Shell
from pmio.signer import KeySigner

WALLET_KEY: Final = Secret("wallet key", "0x" + sha256(b"pm simulate").hexdigest())
"""Nobody's key: it is good for this venue alone."""
OWNER: Final = KeySigner(WALLET_KEY).address
RELAY_KEY: Final = Secret("relay key", "relay")
DEAD: Final = -1
"""In place of an exit code: it was killed."""
REFUSED: Final = -2
"""In place of an exit code: the venue did not let it start."""


class Life:
    """One incarnation. `number` counts them from 1."""

    def __init__(self, place: Place, judge: Judge, number: int) -> None:
        self.place = place
        self.number = number
        self.run_id = f"life-{number}"
        self.wallet = funder_of(place.plan.wallet_type, OWNER)
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
        place = self.place
        ground = Ground(
            place.config,
            ADDRESSES,
            self._network,
            TrioClock(place.now_ns()),
            Random(f"jitter/{place.plan.seed}/{self.number}"),
            lambda note, at_ns: self.notes.append((at_ns, note)),
            trio.current_time,
            place.venue.terms.chain_id,
        )
        try:
            account = await self._admitted(ground)
        except (Unreachable, KeyRefused) as error:
            self.why = str(error)
            return REFUSED
        if self.why:
            return REFUSED
        built = self._built(ground, account)
        try:
            return await built.run(self.run_id)
        finally:
            self.failure = built.shell.failure

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

    async def _admitted(self, ground: Ground) -> Account:
        """Who trades, and in `why` what speaks against it. Raises Unreachable or KeyRefused."""
        account = await log_in(ground, WALLET_KEY, self.place.plan.wallet_type, RELAY_KEY)
        rest = Rest(self._network, Pacing(), ground.clock.now_ns)
        try:
            self.why = await refusal(rest, ADDRESSES, account.credentials.key.headers)
        finally:
            await rest.aclose()
        return account

    def _built(self, ground: Ground, account: Account) -> Built:
        """The shell as `pm maker` has it, with a witness of its journal and a side that can die."""
        folder = self.place.folder
        found = recovered(folder)
        if found is not None:
            prepare(found, ground.clock.now_ns())
        state = found.state if found is not None else new_state()
        journal = self._opened(found, state, ground.chance)
        built = live(ground, account, state, journal, found=found, ops=folder / "ops.jsonl")
        side = MortalSide(built.side)
        built.shell.account = side
        self.state, self.roster, self.shell = state, built.roster, built.shell
        self._side, self._journal = side, journal
        self._judge.born()
        return built

    def _opened(self, found: Recovered | None, state: State, chance: Random) -> WitnessedJournal:
        head = JournalHead(
            run_id=self.run_id,
            mode="live",
            config=config_text(self.place.config),
            first=found.first if found is not None else 1,
        )
        writer = JournalWriter(self.place.folder, head, snapshot=lambda: freeze(state))

        def stepped(event: AnyEvent, effects: Effects) -> None:
            self._judge.stepped(state, event, effects)

        journal = WitnessedJournal(writer, stepped, chance.randrange(1 << 30))
        journal.dead = self._kill
        return journal
