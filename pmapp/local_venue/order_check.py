"""What a signed order says, and whether the venue lets it through to the exchange.

Order of the checks (venue reference, section 3.8): authentication, body, owner and signer, domain
and signature, mode and market, grid (`check`); then the exchange's own of grid, size and balance,
allowance (`allowed`) and duplicate (`placing`). The texts are those of section 3.6; two that it
does not have are marked.
"""

from typing import TYPE_CHECKING, Final

import msgspec

from pmapp.local_venue.http import Answer, error
from pmapp.local_venue.keys import Key
from pmapp.local_venue.listing import Listed
from pmapp.local_venue.wallets import UNLIMITED, Wallet
from pmcore.ids import BUY, Outcome
from pmcore.order import FAK, FOK
from pmcore.units import SECOND, Price, Shares, show_decimal, show_price
from pmcore.wire.amounts import GRAIN, LOT
from pmcore.wire.contracts import V2, V3, Exchange, exchange_of
from pmcore.wire.frames import FAULTS, WireError
from pmcore.wire.order_body import PostedOrder, posted_order
from pmcore.wire.order_typed_data import EOA, POLY_1271, order_id
from pmcore.wire.typed_data import SigningError, hex_text
from pmio.signer import order_signer

if TYPE_CHECKING:
    from pmapp.local_venue.venue import Venue

BAD_BODY: Final = error(400, "Invalid order payload")
MISMATCH: Final = error(400, "order_version_mismatch")
NOT_OWNER: Final = error(400, "the order owner has to be the owner of the API KEY")
NOT_SIGNER: Final = error(400, "the order signer address has to be the address of the API KEY")
NOT_SIGNED: Final = error(400, "invalid signature")
"""Not in the reference's list: the text is ours."""
RESTARTING: Final = "the matching engine is restarting"
POST_ONLY_S: Final = 120
"""Said of a mode whose end is not known: "lasts ~2 min after an engine restart"."""


class Checked(msgspec.Struct, frozen=True):
    """An order that the exchange may look at."""

    posted: PostedOrder
    id: str
    wallet: Wallet
    listed: Listed
    outcome: Outcome
    price: Price
    size: Shares
    exchange: Exchange
    """For which it is signed."""


class _Old(msgspec.Struct):
    nonce: str
    feeRateBps: str  # noqa: N815 - the venue's spelling


class _OldBody(msgspec.Struct):
    order: _Old


_OLD: Final = msgspec.json.Decoder(_OldBody)


def read(body: bytes) -> PostedOrder | Answer:
    """The order of one body, or the refusal."""
    try:
        return posted_order(body)
    except (WireError, SigningError):
        return MISMATCH if _is_old(body) else BAD_BODY


def _is_old(body: bytes) -> bool:
    """Whether a body is a V1 order: "V1-signed orders rejected with ... order_version_mismatch"."""
    try:
        _OLD.decode(body)
    except FAULTS:
        return False
    return True


def check(venue: "Venue", key: Key, posted: PostedOrder) -> Checked | Answer:
    """What is looked at before size and money; Checked, or the refusal."""
    fields = posted.fields
    if posted.owner != key.id:
        return NOT_OWNER
    if key.address in venue.faults.banned:
        return error(400, f"'{key.address}' address banned")
    if venue.faults.is_closed_only(key.address) and fields.side == BUY:
        return error(400, f"'{key.address}' address in closed only mode")
    signer = fields.maker if fields.signature_type == POLY_1271 else key.address
    if fields.signer != signer or (fields.signature_type == EOA and fields.maker != key.address):
        return NOT_SIGNER
    known = venue.listings.by_token.get(str(fields.token_id))
    if known is None:
        return error(400, "Invalid token id")
    listed, outcome = known
    wanted = exchange_of(venue.terms.chain_id, listed.market.order_version, listed.market.neg_risk)
    refusal = _signed(venue, posted, key.address, wanted)
    if refusal is not None:
        return refusal
    wallet = venue.wallets.of_maker(fields.maker, key.address, fields.signature_type, venue.now_ns)
    if wallet is None:
        return NOT_SIGNED
    shut = venue.exchange.closed(listed.market.id, posted.post_only)
    if shut is not None:
        return refused(venue, *shut)
    name = hex_text(order_id(fields, wanted))
    priced = _price(posted, listed, name)
    if isinstance(priced, Answer):
        return priced
    size = fields.taker_amount if fields.side == BUY else fields.maker_amount
    return Checked(posted, name, wallet, listed, outcome, priced, Shares(size), wanted)


def refused(venue: "Venue", code: str, text: str) -> Answer:
    """A refusal of the exchange with the venue's status."""
    if code == "venue_restarting":
        return error(425, RESTARTING)
    if code == "post_only_mode":
        return error(503, text, code=code, retry_after_seconds=_seconds_left(venue))
    if code in ("trading_disabled", "cancel_only_mode"):
        return error(503, text)
    return error(400, text)


def _seconds_left(venue: "Venue") -> int:
    left = -(-(venue.switchboard.mode_ends_ns() - venue.now_ns) // SECOND)
    return left if left > 0 else POST_ONLY_S


def _signed(venue: "Venue", posted: PostedOrder, owner: str, wanted: Exchange) -> Answer | None:
    """None if `owner` signed for the market's exchange; a mismatch if it was for another one."""
    if _signer(posted, wanted) == owner:
        return None
    for version in (V2, V3):
        for neg_risk in (False, True):
            exchange = exchange_of(venue.terms.chain_id, version, neg_risk)
            if exchange is not wanted and _signer(posted, exchange) == owner:
                return MISMATCH
    return NOT_SIGNED


def _signer(posted: PostedOrder, exchange: Exchange) -> str:
    try:
        return order_signer(posted.fields, exchange, posted.signature)
    except SigningError:
        return ""


def _price(posted: PostedOrder, listed: Listed, name: str) -> Price | Answer:
    """The limit that the amounts state.

    Resting orders must state a price of the grid exactly. The amounts of a market order are
    rounded (section 2.4), so its price may miss the grid by less than a basis point; it is then
    the grid's price on the safe side of the signed one.
    """
    fields = posted.fields
    cash, shares = fields.maker_amount, fields.taker_amount
    if fields.side != BUY:
        cash, shares = shares, cash
    if cash <= 0 or shares <= 0:
        return BAD_BODY
    tick = listed.market.tick
    taking = posted.kind in (FOK, FAK)
    exact, rest = divmod(cash * 10_000, shares)
    if taking and fields.side == BUY:
        off = exact % tick * shares + rest
        if off < min(shares, tick * shares // 2):
            exact, rest = exact - exact % tick, 0
    elif taking and rest:
        exact, rest = exact + 1, 0
    if rest:
        shown = show_decimal(cash * 1_000_000 // shares, 6)
        text = f"Price ({shown}) breaks minimum tick size rule: {show_price(tick)}"
        return error(400, f"order {name} is invalid. {text}")
    if taking and (fields.maker_amount % LOT or fields.taker_amount % GRAIN.get(tick, 1)):
        kind = "buy" if fields.side == BUY else "sell"
        # Third parties quote this text; the reference has only the rule (section 2.4).
        return error(
            400,
            f"invalid amounts, the market {kind} orders maker amount supports a max accuracy of "
            "2 decimals, taker amount a max of 4 decimals",
        )
    return Price(exact)


def allowed(checked: Checked) -> Answer | None:
    """The refusal where the exchange may not take what the order gives."""
    wallet, exchange = checked.wallet, checked.exchange
    need = checked.posted.fields.maker_amount
    if checked.posted.fields.side == BUY:
        allowance = wallet.cash_allowances.get(exchange.address, 0)
    else:
        allowance = UNLIMITED if wallet.share_approvals.get(exchange.address) else 0
    if allowance >= need:
        return None
    return error(
        400,
        "not enough balance / allowance: the allowance is not enough -> "
        f"spender: {exchange.address}, allowance: {allowance}, order amount: {need}",
    )
