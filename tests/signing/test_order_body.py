"""From `PlaceOrder` to bytes and back; what cannot be sent is refused by name."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pmcore.effects import PlaceOrder
from pmcore.ids import BUY, DOWN, SELL, UP, MarketId, OrderId
from pmcore.order import FAK, FOK, GTC, GTD, KIND_NAMES
from pmcore.units import Ns, Price, Shares
from pmcore.wire.contracts import exchange_of
from pmcore.wire.frames import WireError
from pmcore.wire.order_body import (
    batch_body,
    order_body,
    order_draft,
    posted_order,
    posted_orders,
    wallet_terms,
)
from pmcore.wire.order_typed_data import order_id, salt_of
from pmcore.wire.typed_data import SigningError
from pmio.signer import order_signer, sign_order
from tests.house.forbidden import forbidden_world
from tests.signing.test_chain_ids import market
from tests.signing.vectors import ADDRESS, DOWN_TOKEN, OWNER, V3_TOKEN, WALLETS, signer

NOW_MS = 1790000000000
EFFECT = PlaceOrder(
    order=OrderId(7),
    market=MarketId(1791241200),
    outcome=UP,
    side=BUY,
    price=Price(4700),
    size=Shares(20_000_000),
    kind=GTC,
    post_only=True,
    expires_ns=Ns(0),
    why="quote",
)
EOA_TERMS = wallet_terms(0, ADDRESS, "", OWNER)


def draft(terms=EOA_TERMS, at=None, **changes):
    return order_draft(
        msgspec.structs.replace(EFFECT, **changes), at or market(), terms, "run", NOW_MS
    )


def test_draft_of_an_effect():
    with forbidden_world():
        got = draft(outcome=DOWN)
    assert got.fields.token_id == DOWN_TOKEN
    assert (got.fields.maker_amount, got.fields.taker_amount) == (9_400_000, 20_000_000)
    assert (got.fields.salt, got.fields.timestamp_ms) == (salt_of("run", OrderId(7)), NOW_MS)
    assert got.exchange == exchange_of(137, 2, neg_risk=False)
    assert (got.kind, got.post_only, got.expiration_s, got.owner) == (GTC, True, 0, OWNER)


def test_tick_that_changed_since_the_listing():
    effect = replace(EFFECT, price=Price(4750))
    made = order_draft(effect, market(), EOA_TERMS, "run", NOW_MS, Price(10)).fields
    assert (made.maker_amount, made.taker_amount) == (9_500_000, 20_000_000)
    with pytest.raises(SigningError, match=r"not on tick 0\.1"):
        order_draft(effect, market(), EOA_TERMS, "run", NOW_MS, Price(1_000))


def test_the_same_order_again_has_the_same_id():
    first, again = (sign_order(signer(), draft()) for _ in range(2))
    assert first == again
    assert first.venue_id != sign_order(signer(), draft(order=OrderId(8))).venue_id


def test_body_to_the_letter():
    signed = sign_order(signer(), draft(kind=GTD, expires_ns=Ns(1790003600_999999999)))
    zero = "0x" + "0" * 64
    assert signed.body.decode() == (
        '{"order":{"salt":' + str(salt_of("run", OrderId(7))) + f',"maker":"{ADDRESS}",'
        f'"signer":"{ADDRESS}","tokenId":"{draft().fields.token_id}","makerAmount":"9400000",'
        '"takerAmount":"20000000","side":"BUY","expiration":"1790003600","signatureType":0,'
        f'"timestamp":"{NOW_MS}","metadata":"{zero}","builder":"{zero}",'
        f'"signature":"0x{signed.signature.hex()}"}},"owner":"{OWNER}","orderType":"GTD",'
        '"deferExec":false,"postOnly":true}'
    )


def test_exchange_follows_the_market():
    assert draft(at=market(neg_risk=True)).exchange == exchange_of(137, 2, neg_risk=True)
    third = draft(at=market(3))
    assert (third.exchange.version, third.fields.token_id) == (3, V3_TOKEN)
    assert draft(at=market(3, neg_risk=True)).exchange == third.exchange


@pytest.mark.parametrize("kind", [FOK, FAK])
def test_taker_buys_for_whole_cents(kind):
    made = draft(kind=kind, post_only=False, price=Price(6500), size=Shares(7_570_000)).fields
    assert (made.maker_amount, made.taker_amount) == (4_920_000, 7_569_200)
    sold = draft(kind=kind, post_only=False, side=SELL, price=Price(6500), size=Shares(7_570_000))
    assert (sold.fields.maker_amount, sold.fields.taker_amount) == (7_570_000, 4_920_500)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: draft(kind=GTD), "expiration: 0 ns does not go with GTD"),
        (lambda: draft(expires_ns=Ns(1)), "expiration: 1 ns does not go with GTC"),
        (lambda: draft(kind=FOK), "postOnly: does not go with FOK"),
        (lambda: draft(kind=FAK), "postOnly: does not go with FAK"),
        (lambda: draft(price=Price(4750)), r"price: 0\.475 is not on tick 0\.01"),
        (lambda: draft(size=Shares(9_999)), r"size: less than 0\.01"),
        (lambda: draft(at=replace(market(), tick=Price(0))), "tick: 0 is none"),
        (lambda: draft(at=replace(market(), order_version=3)), "listing says 3, its token id"),
        (lambda: draft(at=replace(market(3), order_version=2)), "listing says 2, its token id"),
        (lambda: draft(at=replace(market(), tokens=("12x", "1"))), "tokenId: not a decimal"),
        (lambda: draft(at=replace(market(), tokens=(str(2**256), "1"))), "tokenId: does not fit"),
        (lambda: draft(replace(EOA_TERMS, chain_id=1)), "exchange: none of order version 2"),
    ],
)
def test_order_that_cannot_be_sent_is_refused(made, said):
    with pytest.raises(SigningError, match=said):
        made()


@pytest.mark.parametrize("kind", range(4))
def test_each_wallet_signs(kind):
    terms = wallet_terms(kind, ADDRESS, WALLETS[kind], OWNER)
    got = draft(terms)
    assert (got.fields.maker, got.fields.signature_type) == (WALLETS[kind], kind)
    assert got.fields.signer == (WALLETS[3] if kind == 3 else ADDRESS)
    signed = sign_order(signer(), got)
    assert order_signer(got.fields, got.exchange, signed.signature) == ADDRESS
    assert signed.venue_id == "0x" + order_id(got.fields, got.exchange).hex()


@pytest.mark.parametrize(
    ("kind", "funder", "said"),
    [
        (0, WALLETS[2], "funder: an EOA trades from its own address"),
        (1, ADDRESS, "funder: is the key's own address"),
        (2, "", "funder: not 0x"),
        (3, WALLETS[3][:-1] + "f", "funder: wrong checksum"),
        (4, WALLETS[3], "signatureType: not 0, 1, 2 or 3"),
    ],
)
def test_wallet_that_cannot_trade_is_refused(kind, funder, said):
    with pytest.raises(SigningError, match=said):
        wallet_terms(kind, ADDRESS, funder, OWNER)


def test_order_of_another_key_is_not_signed():
    terms = wallet_terms(0, "0x" + "11" * 20, "", OWNER)
    with pytest.raises(SigningError, match="signer: the order names 0x1111"):
        sign_order(signer(), draft(terms))


EFFECTS = st.builds(
    PlaceOrder,
    order=st.integers(1, 2**40),
    market=st.just(EFFECT.market),
    outcome=st.sampled_from([UP, DOWN]),
    side=st.sampled_from([BUY, SELL]),
    price=st.integers(1, 99).map(lambda cents: cents * 100),
    size=st.integers(1_000_000, 10**12),
    kind=st.sampled_from([GTC, GTD, FOK, FAK]),
    post_only=st.booleans(),
    expires_ns=st.integers(1, 2**62),
    why=st.just(""),
).map(
    lambda e: replace(
        e,
        expires_ns=e.expires_ns if e.kind == GTD else 0,
        post_only=e.post_only and e.kind in (GTC, GTD),
    )
)
OWNERS = st.text(max_size=40)


@given(effect=EFFECTS, version=st.sampled_from([2, 3]), owner=OWNERS, timestamp=st.integers(0))
def test_body_round_trip(effect, version, owner, timestamp):
    terms = replace(EOA_TERMS, owner=owner, metadata=b"\x05" * 32)
    timestamp %= 10**18
    try:
        made = order_draft(effect, market(version), terms, "run", timestamp)
    except SigningError as error:
        assert "cash: less than" in str(error)  # noqa: PT017
        return
    body = order_body(made, b"\x07" * 65)
    assert json.loads(body)["owner"] == owner
    got = posted_order(body)
    assert got.fields == made.fields
    assert (got.signature, got.owner, got.kind) == (b"\x07" * 65, owner, made.kind)
    assert (got.post_only, got.expiration_s) == (made.post_only, made.expiration_s)
    # Compact and unescaped, as the official client writes it.
    assert body.decode() == json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False)


@pytest.mark.parametrize("count", [1, 2, 15])
def test_batch_round_trip(count):
    bodies = [sign_order(signer(), draft(order=OrderId(n))).body for n in range(1, count + 1)]
    batch = batch_body(bodies)
    assert json.loads(batch) == [json.loads(body) for body in bodies]
    assert posted_orders(batch) == [posted_order(body) for body in bodies]


@pytest.mark.parametrize("count", [0, 16])
def test_batch_of_another_size_is_refused(count):
    with pytest.raises(SigningError, match=f"batch: {count} orders, not 1 to 15"):
        batch_body([b"{}"] * count)


def test_salt_that_json_would_round_is_refused():
    made = draft()
    with pytest.raises(SigningError, match=r"salt: not below 2\*\*53"):
        order_body(replace(made, fields=replace(made.fields, salt=2**53)), bytes(65))


GOOD = json.loads(sign_order(signer(), draft()).body)


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("order", "salt", "479249096354"),
        ("order", "salt", -1),
        ("order", "salt", 2**70),
        ("order", "maker", "0x12"),
        ("order", "signer", ADDRESS[:-1] + "7"),
        ("order", "tokenId", 5),
        ("order", "tokenId", "-5"),
        ("order", "tokenId", str(2**256)),
        ("order", "makerAmount", "1.5"),
        ("order", "makerAmount", "１"),
        ("order", "takerAmount", "9" * 31),
        ("order", "side", "buy"),
        ("order", "side", 0),
        ("order", "expiration", 0),
        ("order", "signatureType", 4),
        ("order", "signatureType", "0"),
        ("order", "timestamp", ""),
        ("order", "metadata", "0x"),
        ("order", "builder", "0x" + "0" * 63 + " "),
        ("order", "signature", "fd5d"),
        ("order", "signature", "0x1"),
        ("order", "signature", None),
        ("", "orderType", "IOC"),
        ("", "postOnly", "true"),
        ("", "owner", None),
        ("", "order", []),
    ],
)
def test_body_of_another_shape_is_a_wire_error(part, name, value):
    body = json.loads(json.dumps(GOOD))
    (body[part] if part else body)[name] = value
    with pytest.raises(WireError):
        posted_order(json.dumps(body).encode())
    with pytest.raises(WireError):
        posted_orders(json.dumps([GOOD, body]).encode())


@given(raw=st.binary(max_size=60))
def test_noise_is_a_wire_error(raw):
    with pytest.raises(WireError):
        posted_order(raw)


def test_kinds_are_the_venues():
    assert KIND_NAMES == ("GTC", "GTD", "FOK", "FAK")
