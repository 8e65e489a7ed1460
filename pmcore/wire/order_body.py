"""From `PlaceOrder` to the bytes of `POST /order`, and back.

An `OrderDraft` is everything of a submission but the signature, and a pure function of the effect,
the market, the wallet and the time: made again after a crash it has the same id. `timestamp_ms`
must therefore be a journalled time (the order's own `placed_ns`), never a fresh reading of a clock.

Key order and types are those of the venue's client (reference, section 3.1): `salt` and
`signatureType` are numbers, every other value of `order` is a text. The bytes that are signed for
the request are the bytes that are sent. Protocol: one body, or an array of up to 15.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from pmcore.effects import PlaceOrder
from pmcore.ids import SIDE_NAMES, Side
from pmcore.market import Market
from pmcore.order import FAK, FOK, GTD, KIND_NAMES, Kind
from pmcore.units import SECOND, Price
from pmcore.wire.amounts import limit_amounts, taker_amounts
from pmcore.wire.contracts import POLYGON, Exchange, exchange_of, order_version_of
from pmcore.wire.frames import FAULTS, WireError, fault
from pmcore.wire.order_typed_data import (
    EOA,
    POLY_1271,
    POLY_GNOSIS_SAFE,
    POLY_PROXY,
    SALT_BITS,
    OrderFields,
    salt_of,
)
from pmcore.wire.typed_data import (
    ZERO_WORD,
    SigningError,
    checked_address,
    hex_bytes,
    hex_text,
)

BATCH_MAX: Final = 15
"""Orders in one `POST /orders` ("max allowed: 15")."""


class WalletTerms(msgspec.Struct, frozen=True):
    """Who trades: the same for every order of a run. Make it with `wallet_terms`."""

    signature_type: int
    maker: str
    """Where the funds are: the key's own address, or its proxy, safe or deposit wallet."""
    signer: str
    owner: str
    """Id of the API key that sends the order; not a secret."""
    chain_id: int = POLYGON
    metadata: bytes = ZERO_WORD
    builder: bytes = ZERO_WORD


class OrderDraft(msgspec.Struct, frozen=True):
    """A submission without its signature."""

    fields: OrderFields
    exchange: Exchange
    owner: str
    kind: Kind
    post_only: bool = False
    expiration_s: int = 0


class PostedOrder(msgspec.Struct, frozen=True):
    """A submission as a venue reads it from a body; whether it is signed well is not known yet."""

    fields: OrderFields
    signature: bytes
    owner: str
    kind: Kind
    post_only: bool
    expiration_s: int


class _Order(msgspec.Struct, gc=False, rename="camel"):
    salt: int
    maker: str
    signer: str
    token_id: str
    maker_amount: str
    taker_amount: str
    side: str
    expiration: str
    signature_type: int
    timestamp: str
    metadata: str
    builder: str
    signature: str


class _Body(msgspec.Struct, gc=False, rename="camel"):
    order: _Order
    owner: str
    order_type: str
    defer_exec: bool = False
    post_only: bool = False


_ENCODER: Final = msgspec.json.Encoder()
_BODY: Final = msgspec.json.Decoder(_Body)
_BODIES: Final = msgspec.json.Decoder(list[_Body])
_ZERO_TEXT: Final = hex_text(ZERO_WORD)


def wallet_terms(
    signature_type: int, key_address: str, funder: str, owner: str, chain_id: int = POLYGON
) -> WalletTerms:
    """Terms of a wallet by its signature type: who makes, who signs (section 1.4).

    Type 0: the key itself, and `funder` must be it or "". Types 1 and 2: `funder` makes, the key
    signs. Type 3: `funder`, the deposit wallet, does both.
    """
    key_address = checked_address(key_address, "key's address")
    if signature_type == EOA:
        if funder and checked_address(funder, "funder") != key_address:
            raise SigningError("funder: an EOA trades from its own address; leave it empty")
        return WalletTerms(EOA, key_address, key_address, owner, chain_id)
    if signature_type not in (POLY_PROXY, POLY_GNOSIS_SAFE, POLY_1271):
        raise SigningError("signatureType: not 0, 1, 2 or 3")
    funder = checked_address(funder, "funder")
    if funder == key_address:
        raise SigningError("funder: is the key's own address, which has signature type 0")
    signer = funder if signature_type == POLY_1271 else key_address
    return WalletTerms(signature_type, funder, signer, owner, chain_id)


def order_draft(
    effect: PlaceOrder,
    market: Market,
    terms: WalletTerms,
    run_id: str,
    timestamp_ms: int,
    tick: Price | None = None,
) -> OrderDraft:
    """The submission that `effect` asks for. SigningError names whatever cannot be sent.

    `run_id` names the salts and must outlive a restart; `tick` is the token's present tick where it
    has changed since the listing. GTC and GTD sizes are floored to 0.01 share; for FOK and FAK see
    `taker_amounts`. `expires_ns` is the stated expiry, floored to a second: the venue expires the
    order 60 s before it.
    """
    kind, expires_ns = effect.kind, effect.expires_ns
    tick = market.tick if tick is None else tick
    if (kind == GTD) != (expires_ns > 0):
        raise SigningError(f"expiration: {expires_ns} ns does not go with {KIND_NAMES[kind]}")
    token_id = _token(market.token(effect.outcome))
    version = order_version_of(token_id)
    if version != market.order_version:
        raise SigningError(
            f"version: the listing says {market.order_version}, its token id says {version}"
        )
    if kind in (FOK, FAK):
        if effect.post_only:
            raise SigningError(f"postOnly: does not go with {KIND_NAMES[kind]}")
        made = taker_amounts(effect.side, effect.price, effect.size, tick)
    else:
        made = limit_amounts(effect.side, effect.price, effect.size, tick)
    fields = OrderFields(
        salt_of(run_id, effect.order),
        terms.maker,
        terms.signer,
        token_id,
        made[0],
        made[1],
        effect.side,
        terms.signature_type,
        timestamp_ms,
        terms.metadata,
        terms.builder,
    )
    exchange = exchange_of(terms.chain_id, version, market.neg_risk)
    return OrderDraft(fields, exchange, terms.owner, kind, effect.post_only, expires_ns // SECOND)


def order_body(draft: OrderDraft, signature: bytes) -> bytes:
    """The JSON of `POST /order`, compact, in the official client's key order."""
    of = draft.fields
    if not 0 <= of.salt < 1 << SALT_BITS:
        raise SigningError(f"salt: not below 2**{SALT_BITS}")
    order = _Order(
        of.salt,
        of.maker,
        of.signer,
        str(of.token_id),
        str(of.maker_amount),
        str(of.taker_amount),
        SIDE_NAMES[of.side],
        str(draft.expiration_s),
        of.signature_type,
        str(of.timestamp_ms),
        _ZERO_TEXT if of.metadata == ZERO_WORD else hex_text(of.metadata),
        _ZERO_TEXT if of.builder == ZERO_WORD else hex_text(of.builder),
        hex_text(signature),
    )
    kind = KIND_NAMES[draft.kind]
    return _ENCODER.encode(_Body(order, draft.owner, kind, False, draft.post_only))


def batch_body(bodies: Sequence[bytes]) -> bytes:
    """The JSON of `POST /orders` from single bodies. SigningError unless there are 1 to 15."""
    if not 1 <= len(bodies) <= BATCH_MAX:
        raise SigningError(f"batch: {len(bodies)} orders, not 1 to {BATCH_MAX}")
    return b"[" + b",".join(bodies) + b"]"


def posted_order(body: bytes) -> PostedOrder:
    """A body of `POST /order` as its venue reads it, in any key order. Raises WireError."""
    try:
        return _posted(_BODY.decode(body))
    except (WireError, *FAULTS) as error:
        raise fault(error, body) from None


def posted_orders(body: bytes) -> list[PostedOrder]:
    """A body of `POST /orders`, however many orders it holds. Raises WireError."""
    try:
        return [_posted(one) for one in _BODIES.decode(body)]
    except (WireError, *FAULTS) as error:
        raise fault(error, body) from None


def _posted(body: _Body) -> PostedOrder:
    of = body.order
    if of.side not in SIDE_NAMES or body.order_type not in KIND_NAMES:
        raise WireError("side or orderType is unknown", f"{of.side[:20]} {body.order_type[:20]}")
    if not 0 <= of.signature_type <= POLY_1271 or not 0 <= of.salt < 1 << 64:
        raise WireError("signatureType or salt is out of range", str(of.signature_type)[:20])
    fields = OrderFields(
        of.salt,
        checked_address(of.maker, "maker"),
        checked_address(of.signer, "signer"),
        _token(of.token_id),
        _number(of.maker_amount, "makerAmount"),
        _number(of.taker_amount, "takerAmount"),
        Side(SIDE_NAMES.index(of.side)),
        of.signature_type,
        _number(of.timestamp, "timestamp"),
        hex_bytes(of.metadata, 32, "metadata"),
        hex_bytes(of.builder, 32, "builder"),
    )
    signature = hex_bytes(of.signature, max(0, len(of.signature) // 2 - 1), "signature")
    kind = Kind(KIND_NAMES.index(body.order_type))
    expiration = _number(of.expiration, "expiration")
    return PostedOrder(fields, signature, body.owner, kind, body.post_only, expiration)


def _token(text: str) -> int:
    """A token id as an integer below 2**256."""
    value = _number(text, "tokenId", 78)
    if value >> 256:
        raise SigningError("tokenId: does not fit 256 bits")
    return value


def _number(text: str, what: str, digits: int = 30) -> int:
    """A decimal text of the body as a non-negative integer."""
    if not (text.isascii() and text.isdigit()) or len(text) > digits:
        raise SigningError(f"{what}: not a decimal number of at most {digits} digits")
    return int(text)
