"""A shell put together, live or paper: the one place that knows which parts it takes.

    account = await log_in(ground, wallet_key, POLY_GNOSIS_SAFE, relay_key)
    built = live(ground, account, state, journal, found=found, ops=folder / "ops.jsonl")
    code = await built.run("run-1")

`pm maker`, the whole-bot simulation and the tests of the shell all build it here. What differs
between them is the ground: wall, accelerated or virtual clock, sockets or memory.
"""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from pmcore.config import Config, config_text
from pmcore.events import AnyEvent
from pmcore.state import State
from pmcore.units import SECOND, Cash
from pmcore.wire.contracts import POLYGON
from pmcore.wire.order_body import wallet_terms
from pmcore.wire.trade import Account as Ownership
from pmcore.wire.wallets import funder_of
from pmio.addresses import Addresses
from pmio.clock import Clock
from pmio.credentials import Credentials, obtain
from pmio.drive import Journal
from pmio.inbox import Inbox
from pmio.live_side import Account, LiveSide
from pmio.market_side import MarketSide
from pmio.network import Network
from pmio.op_log import OpLog
from pmio.pacing import Pacing
from pmio.paper import PaperVenue
from pmio.paper_side import PaperSide
from pmio.recovery import Recovered, opening
from pmio.rest import Rest, Sign
from pmio.roster import Roster
from pmio.secrets import Secret
from pmio.shell import Shell, Tell
from pmio.side import Side, Surroundings
from pmio.signer import KeySigner

LIVE: Final = "live"
PAPER: Final = "paper"
MISSED_NS: Final = 3_600 * SECOND
"""Trades so much older than what we last knew are read again at the start: a trade may be retried
for a while before it is final."""


class Ground(msgspec.Struct, frozen=True):
    """What a run stands on. `tell` hears the core's notes; `stopwatch` measures the journal."""

    config: Config
    addresses: Addresses
    network: Network
    clock: Clock
    chance: Random
    """Draws the jitter of backoffs, and nothing else."""
    tell: Tell
    stopwatch: Callable[[], float] | None = None
    chain_id: int = POLYGON


class Built(msgspec.Struct):
    """A shell with what its run begins with. `side` is the one towards the account."""

    shell: Shell
    side: Side
    mode: str
    config: str
    begin: list[AnyEvent]
    roster: Roster

    async def run(self, run_id: str) -> int:
        """Run until stopped or failed; the exit code (docs/shell.md)."""
        return await self.shell.run(run_id, self.mode, self.config, self.begin)


async def log_in(
    ground: Ground, wallet_key: Secret, signature_type: int, relay_key: Secret | None = None
) -> Account:
    """Who trades: the key's wallet of one type, with an API key made or derived at the venue.

    Without `relay_key` the relayer is asked without one. Raises SecretError, Unreachable or
    KeyRefused.
    """
    signer = KeySigner(wallet_key)
    secrets = (wallet_key,) if relay_key is None else (wallet_key, relay_key)
    first = Rest(ground.network, Pacing(), ground.clock.now_ns)
    try:
        clob, chain_id = ground.addresses.clob, ground.chain_id
        credentials = await obtain(first, clob, signer, chain_id, secrets)
    finally:
        await first.aclose()
    funder = funder_of(signature_type, signer.address)
    wallet = wallet_terms(
        signature_type, signer.address, funder, credentials.key_id, ground.chain_id
    )
    relay_sign = None if relay_key is None else _relay_sign(relay_key, signer.address)
    return Account(signer, wallet, credentials, relay_sign)


def live(
    ground: Ground,
    account: Account,
    state: State,
    journal: Journal,
    *,
    found: Recovered | None = None,
    ops: Path | None = None,
) -> Built:
    """A shell that trades an account. `state` is `found.state` where a run is continued.

    `ops` is the file of chain operations; without one they are kept in memory.
    """
    around = _around(ground, state, Ownership(account.credentials.key_id, account.wallet.maker))
    known_ns = min(ground.clock.now_ns(), state.now_ns or ground.clock.now_ns())
    side = LiveSide(around, account, state, OpLog(ops), known_ns - MISSED_NS)
    begin: list[AnyEvent] = []
    if found is not None:
        around.roster.recall(state, side.sealer)
        begin = [*opening(found, around.inbox.stamp()), *side.chain.resume(state)]
    return _built(ground, around, side, state, journal, LIVE, begin, account.credentials)


def paper(
    ground: Ground,
    cash: Cash,
    state: State,
    journal: Journal,
    *,
    seed: int = 0,
    credentials: Credentials | None = None,
) -> Built:
    """A shell with an account of `cash` at a simulated exchange; `state` is a new one.

    `credentials` are needed for PolyBolt alone. Its exchange is `built.side.venue.exchange`.
    """
    around = _around(ground, state, None)
    side = PaperSide(PaperVenue(around.inbox, cash, seed=seed))
    return _built(ground, around, side, state, journal, PAPER, [], credentials)


def _around(ground: Ground, state: State, ownership: Ownership | None) -> Surroundings:
    inbox = Inbox(ground.clock, not_before_ns=state.now_ns)
    return Surroundings(
        ground.config,
        ground.addresses,
        ground.network,
        ground.clock,
        inbox,
        Roster(ownership),
        ground.chance,
    )


def _built(
    ground: Ground,
    around: Surroundings,
    side: Side,
    state: State,
    journal: Journal,
    mode: str,
    begin: list[AnyEvent],
    credentials: Credentials | None,
) -> Built:
    market = MarketSide(around, credentials)
    shell = Shell(
        state, around.inbox, journal, side, market, ground.tell, stopwatch=ground.stopwatch
    )
    return Built(shell, side, mode, config_text(ground.config), begin, around.roster)


def _relay_sign(relay_key: Secret, address: str) -> Sign:
    """The relayer's headers (reference, section 9.4)."""

    def sign(timestamp_s: int, method: str, path: str, body: bytes = b"") -> dict[str, str]:
        del timestamp_s, method, path, body  # a relayer's key is shown, it signs nothing
        return {"RELAYER_API_KEY": relay_key.reveal(), "RELAYER_API_KEY_ADDRESS": address}

    return sign
