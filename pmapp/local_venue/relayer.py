"""The relayer: takes signed calls of wallets, and makes the simulated chain do them.

`STATE_NEW -> STATE_EXECUTED -> STATE_MINED -> STATE_CONFIRMED`, or `STATE_FAILED`. Merges and
redemptions are the exchange's own slow operations, with its own faults; split and approvals are
done when the transaction is executed. Source: venue reference, section 9.4.
"""

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec

from pmapp.local_venue.call_codec import (
    APPROVE,
    APPROVE_ALL,
    MERGE,
    REDEEM,
    SPLIT,
    Order,
    orders_of,
    submission,
)
from pmapp.local_venue.http import Answer, Request, error, ok
from pmapp.local_venue.wallets import Wallet
from pmcore.events import (
    MergeConfirmed,
    MergeFailed,
    MergeUnknown,
    RedeemConfirmed,
    RedeemFailed,
    RedeemUnknown,
)
from pmcore.ids import MarketId, OpId
from pmcore.sim.pit import UNSETTLED
from pmcore.units import MILLISECOND, SECOND, Ns
from pmcore.wire.frames import FAULTS
from pmcore.wire.typed_data import SigningError
from pmio.signer import recovered_address

if TYPE_CHECKING:
    from pmapp.local_venue.venue import Venue

ChainEvent = (
    MergeConfirmed | MergeFailed | MergeUnknown | RedeemConfirmed | RedeemFailed | RedeemUnknown
)
NEW: Final = "STATE_NEW"
EXECUTED: Final = "STATE_EXECUTED"
MINED: Final = "STATE_MINED"
CONFIRMED: Final = "STATE_CONFIRMED"
FAILED: Final = "STATE_FAILED"
EXECUTE_NS: Final = Ns(500 * MILLISECOND)
CONFIRM_NS: Final = Ns(SECOND)
RETRY_NS: Final = Ns(SECOND)
PER_MINUTE: Final = 25
"""`/submit`: 25 a minute (section 4)."""
TYPES: Final = {"PROXY": 1, "SAFE": 2, "WALLET": 3}
"""Kind of a request -> signature type of its wallet."""
RELAY: Final = "0x0000000000000000000000000000000000000001"


class Transaction(msgspec.Struct):
    """One submission and what has become of it."""

    id: str
    wallet: Wallet
    kind: str
    nonce: int
    orders: list[Order]
    state: str = NEW
    hash: str = ""
    error: str = ""
    waiting: dict[int, None] = {}
    """Operations of the exchange that have not spoken yet."""


class Relayer:
    """The relayer of one venue."""

    __slots__ = ("_by_op", "_ops", "_recent", "nonces", "transactions", "venue")

    def __init__(self, venue: "Venue") -> None:
        self.venue = venue
        self.nonces: dict[tuple[str, str], int] = {}
        """(owner, kind) -> the next nonce."""
        self.transactions: dict[str, Transaction] = {}
        self._by_op: dict[int, Transaction] = {}
        self._ops = 0
        self._recent: list[int] = []

    def limited(self, now_ns: Ns) -> bool:
        """Whether the minute's submissions are used up; counts this one if not."""
        self._recent = [at for at in self._recent if at > now_ns - 60 * SECOND]
        if len(self._recent) >= PER_MINUTE:
            return True
        self._recent.append(now_ns)
        return False

    def accept(self, wallet: Wallet, kind: str, nonce: int, orders: list[Order]) -> Transaction:
        """Take a checked submission."""
        count = len(self.transactions)
        digest = sha256(f"relay/{self.venue.terms.seed}/{count}".encode()).hexdigest()
        name = str(UUID(hex=digest[:32], version=4))
        transaction = Transaction(name, wallet, kind, nonce, orders)
        self.transactions[name] = transaction
        self.nonces[wallet.owner, kind] = nonce + 1
        self._execute_later(transaction, EXECUTE_NS)
        return transaction

    def _execute_later(self, transaction: Transaction, delay_ns: Ns) -> None:
        when = self.venue.now_ns + delay_ns
        self.venue.timers.at(when, lambda now_ns: self._execute(transaction, now_ns))

    def _execute(self, transaction: Transaction, now_ns: Ns) -> None:
        faults = self.venue.faults
        if faults.relayer_stuck:
            self._execute_later(transaction, RETRY_NS)
            return
        transaction.state = EXECUTED
        transaction.hash = "0x" + sha256(f"hash/{transaction.id}".encode()).hexdigest()
        if faults.relayer_failing:
            self._fail(transaction, "execution reverted")
            return
        for order in transaction.orders:
            self._do(transaction, order, now_ns)
        self.venue.settle(*self._markets(transaction))
        self._perhaps_mined(transaction)

    def _markets(self, transaction: Transaction) -> list[int]:
        found = [self.venue.listings.by_condition.get(o.subject) for o in transaction.orders]
        return [listed.market.id for listed in found if listed is not None]

    def _do(self, transaction: Transaction, order: Order, now_ns: Ns) -> None:
        venue, wallet = self.venue, transaction.wallet
        if order.what == APPROVE:
            wallet.cash_allowances[order.subject] = order.amount
            return
        if order.what == APPROVE_ALL:
            wallet.share_approvals[order.subject] = order.amount > 0
            return
        listed = venue.listings.by_condition.get(order.subject)
        if listed is None:
            self._fail(transaction, "condition not prepared")
            return
        market = MarketId(listed.market.id)
        if order.what == SPLIT:
            if not split(venue, wallet, market, order.amount):
                self._fail(transaction, "ERC20: transfer amount exceeds balance")
            return
        self._ops += 1
        op = OpId(self._ops)
        transaction.waiting[op] = None
        self._by_op[op] = transaction
        if order.what == MERGE:
            venue.exchange.merge(wallet.account, op, market, order.amount, now_ns)
        elif order.what == REDEEM:
            venue.exchange.redeem(wallet.account, op, market, now_ns)

    def heard(self, event: ChainEvent) -> None:
        """The exchange speaks of an operation; an unknown fate is waited for."""
        transaction = self._by_op.get(event.op)
        if transaction is None or isinstance(event, MergeUnknown | RedeemUnknown):
            return
        del self._by_op[event.op]
        transaction.waiting.pop(event.op, None)
        if isinstance(event, MergeFailed | RedeemFailed):
            self._fail(transaction, event.text)
        else:
            self._perhaps_mined(transaction)

    def _perhaps_mined(self, transaction: Transaction) -> None:
        if transaction.state != EXECUTED or transaction.waiting:
            return
        transaction.state = MINED

        def confirm(_: Ns) -> None:
            transaction.state = CONFIRMED

        self.venue.timers.at(self.venue.now_ns + CONFIRM_NS, confirm)

    def _fail(self, transaction: Transaction, text: str) -> None:
        transaction.state = FAILED
        transaction.error = text


def split(venue: "Venue", wallet: Wallet, market: MarketId, size: int) -> bool:
    """Turn cash into pairs; whether there was enough. The ledger keeps its sum."""
    floor = venue.exchange.floor
    account = floor.account(wallet.account)
    pit = floor.pit(market)
    if size <= 0 or account.free_cash < size or pit.payout_up != UNSETTLED:
        return False
    position = account.position(market)
    account.cash -= size
    floor.ledger.chain += size
    pit.pairs += size
    position.up += size
    position.down += size
    return True


# --- endpoints -----------------------------------------------------------------------------------


def nonce(venue: "Venue", request: Request) -> Answer:
    """`/v1/account/transactions/params?address&type` and the older `/nonce`."""
    owner, kind = request.query.get("address", ""), request.query.get("type", "SAFE")
    if kind not in TYPES:
        return error(400, "invalid type")
    number = _next_nonce(venue, owner, kind)
    address = _wallet(venue, owner, kind)
    return ok({"address": address.address if address else owner, "nonce": str(number)})


def relay_payload(venue: "Venue", request: Request) -> Answer:
    """`/relay-payload?address&type=PROXY`."""
    number = _next_nonce(venue, request.query.get("address", ""), "PROXY")
    return ok({"address": RELAY, "nonce": str(number)})


def deployed(venue: "Venue", request: Request) -> Answer:
    """`/deployed?address`: every wallet that was seen is deployed."""
    return ok({"deployed": venue.wallet(request.query.get("address", "")) is not None})


def _next_nonce(venue: "Venue", owner: str, kind: str) -> int:
    for (known, of), number in venue.relayer.nonces.items():
        if known.lower() == owner.lower() and of == kind:
            return number
    return 0


def _wallet(venue: "Venue", owner: str, kind: str) -> Wallet | None:
    for wallet in venue.wallets.by_address.values():
        if wallet.owner.lower() == owner.lower() and wallet.signature_type == TYPES[kind]:
            return wallet
    return None


def submit(venue: "Venue", request: Request) -> Answer:
    """`POST /submit`: refused unless the owner signed exactly these calls with this nonce."""
    if not (request.header("relayer_api_key") or request.header("poly_builder_api_key")):
        return error(401, "invalid authorization")
    if venue.relayer.limited(venue.now_ns):
        return error(429, "Too Many Requests").with_headers(("retry-after", "60"))
    try:
        submitted = submission(request.body, venue.terms.chain_id)
        orders = orders_of(submitted)
        signer = recovered_address(submitted.request.digest(), submitted.signature)
    except (SigningError, *FAULTS) as wrong:
        return error(400, f"invalid request: {str(wrong)[:120]}")
    if signer != submitted.owner:
        return error(400, "invalid signature")
    wallet = venue.wallets.of_maker(
        submitted.wallet, submitted.owner, TYPES[submitted.kind], venue.now_ns
    )
    if wallet is None:
        return error(400, "invalid signature")
    expected = _next_nonce(venue, submitted.owner, submitted.kind)
    if submitted.nonce != expected:
        text = f"batch nonce {submitted.nonce} does not match on-chain nonce {expected}"
        return error(400, text)
    transaction = venue.relayer.accept(wallet, submitted.kind, submitted.nonce, orders)
    # "no hash since 2026-04-21"
    return ok({"transactionID": transaction.id, "state": transaction.state})


def transaction(venue: "Venue", request: Request, name: str) -> Answer:
    """`/v1/account/transactions/{id}`."""
    found = venue.relayer.transactions.get(name)
    if found is None:
        return error(404, "transaction not found")
    shown = {"transaction_id": found.id, "transaction_hash": found.hash, "state": found.state}
    return ok(shown | ({"error_msg": found.error} if found.error else {}))


def old_transaction(venue: "Venue", request: Request) -> Answer:
    """`/transaction?id=`: an array, in camel case."""
    found = venue.relayer.transactions.get(request.query.get("id", ""))
    if found is None:
        return ok([])
    row: dict[str, Any] = {
        "transactionID": found.id,
        "transactionHash": found.hash,
        "state": found.state,
        "proxyAddress": found.wallet.address,
        "nonce": str(found.nonce),
        "type": found.kind,
    }
    return ok([row])
