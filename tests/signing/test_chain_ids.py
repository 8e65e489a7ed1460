"""Wallet addresses, token ids, call data and relayer requests: every vector."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmcore.ids import DOWN, UP, MarketId
from pmcore.market import NO_FEES, Market, RewardTerms, Settlement
from pmcore.units import Ns, Price, Shares
from pmcore.wire.contracts import AMOY, POLYGON, contracts_of
from pmcore.wire.ctf_ids import (
    FIELD,
    MODULES,
    collection_id,
    condition_id,
    position_id,
    position_id_v2,
    position_v2,
    token_ids,
)
from pmcore.wire.relayer import (
    Call,
    ProxyRequest,
    SafeRequest,
    WalletRequest,
    merge_call,
    redeem_calls,
    split_call,
)
from pmcore.wire.typed_data import SigningError
from pmcore.wire.wallets import first_deposit_wallet_of, funder_of, proxy_of, safe_of
from pmio.signer import recovered_address, sign_relay
from tests.signing.vectors import (
    ADDRESS,
    CONDITION,
    CONDITION_V2,
    DOWN_TOKEN,
    UP_TOKEN,
    V3_TOKEN,
    WALLETS,
    cases,
    load,
    signer,
)

SIZE = Shares(5_000_000)


def market(version: int = 2, *, neg_risk: bool = False, condition: str = "") -> Market:
    v3 = version == 3
    return Market(
        id=MarketId(1791241200),
        slug="btc-updown-15m-1791241200",
        condition_id=condition or (CONDITION_V2 if v3 else CONDITION),
        tokens=(str(V3_TOKEN), str(V3_TOKEN + 1)) if v3 else (str(UP_TOKEN), str(DOWN_TOKEN)),
        start_ns=Ns(1791241200 * 10**9),
        end_ns=Ns(1791242100 * 10**9),
        tick=Price(100),
        min_size=SIZE,
        fees=NO_FEES,
        rewards=RewardTerms(),
        settlement=Settlement(),
        order_version=version,
        neg_risk=neg_risk,
    )


CALLS = {
    "ctf_split": lambda: split_call(market(), SIZE),
    "ctf_merge": lambda: merge_call(market(), SIZE),
    "ctf_redeem": lambda: redeem_calls(market(), (SIZE, SIZE))[0],
    "router_split": lambda: split_call(market(3), SIZE),
    "router_merge": lambda: merge_call(market(3), SIZE),
    "router_redeem": lambda: redeem_calls(market(3), (SIZE, Shares(0)))[0],
}


@pytest.mark.parametrize("name", CALLS)
def test_call_vector(name, shared_data):
    shared_data("venue", "vectors", "wallets_and_relayer.json")
    case = load("wallets_and_relayer.json")["calls"][name]
    call = CALLS[name]()
    assert (call.target, "0x" + call.data.hex(), call.value) == (
        case["to"],
        case["data"],
        case["value"],
    )


def test_every_call_vector_is_named(shared_data):
    shared_data("venue", "vectors", "wallets_and_relayer.json")
    assert set(load("wallets_and_relayer.json")["calls"]) == set(CALLS)


def test_neg_risk_goes_through_its_own_adapter():
    assert merge_call(market(neg_risk=True), SIZE).target == contracts_of(137).neg_risk_adapter
    assert merge_call(market(neg_risk=True), SIZE).data == merge_call(market(), SIZE).data


def test_router_redeems_each_held_outcome():
    calls = redeem_calls(market(3), (Shares(7), Shares(9)))
    assert [(c.data[67], int.from_bytes(c.data[68:], "big")) for c in calls] == [(0, 7), (1, 9)]
    assert redeem_calls(market(3), (Shares(0), Shares(0))) == ()
    assert len(redeem_calls(market(), (Shares(0), Shares(0)))) == 1


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: merge_call(market(), Shares(0)), "size: not above 0"),
        (lambda: split_call(market(3), Shares(-1)), "size: not above 0"),
        (lambda: merge_call(market(condition="0x12"), SIZE), "condition id: not 0x"),
        (lambda: merge_call(market(3, condition=CONDITION), SIZE), "31 bytes"),
        (lambda: merge_call(market(), SIZE, AMOY), "adapter: no address known"),
        (lambda: redeem_calls(market(3), (Shares(-1), Shares(0))), "held: not in"),
    ],
)
def test_impossible_call_is_refused(made, said):
    with pytest.raises(SigningError, match=said):
        made()


@pytest.mark.parametrize("wallet", cases("wallets_and_relayer.json", "wallets"))
def test_wallet_vector_is_one_of_ours(wallet):
    made = {funder_of(kind, ADDRESS.lower()) for kind in range(4)}
    assert wallet in made | {first_deposit_wallet_of(ADDRESS)}


def test_wallets_by_type(shared_data):
    shared_data("venue", "vectors", "wallets_and_relayer.json")
    named = load("wallets_and_relayer.json")["wallets"]
    assert [named[n] for n in ("eoa", "proxy", "safe", "deposit_wallet_beacon")] == [
        funder_of(kind, ADDRESS) for kind in range(4)
    ]
    assert first_deposit_wallet_of(ADDRESS) == named["deposit_wallet_uups"]
    assert {kind: funder_of(kind, ADDRESS) for kind in range(4)} == WALLETS


@given(raw=st.binary(min_size=20, max_size=20))
def test_every_owner_has_five_different_addresses(raw):
    owner = "0x" + raw.hex()
    made = [funder_of(kind, owner) for kind in range(4)] + [first_deposit_wallet_of(owner)]
    assert len(set(made)) == 5


def test_wallet_of_nobody_is_refused():
    with pytest.raises(SigningError, match="owner: not 0x"):
        safe_of("0x12")
    with pytest.raises(SigningError, match="proxy_factory: no address known"):
        proxy_of(ADDRESS, AMOY)
    with pytest.raises(SigningError, match="signatureType"):
        funder_of(4, ADDRESS)


def merged() -> tuple[Call, ...]:
    return (merge_call(market(), SIZE),)


def sent(body: bytes) -> dict:
    return json.loads(body)


def relayer_case(name: str, shared_data) -> dict:
    shared_data("venue", "vectors", "wallets_and_relayer.json")
    return load("wallets_and_relayer.json")["relayer"][name]


def test_safe_vector(shared_data):
    case = relayer_case("safe_merge_nonce7", shared_data)
    request = SafeRequest(ADDRESS, case["safe"], merged(), int(case["nonce"]), note="merge")
    body = sent(sign_relay(signer(), request))
    assert body["signature"] == case["signature"]
    assert (body["to"], body["nonce"], body["proxyWallet"]) == (
        case["to"],
        case["nonce"],
        case["safe"],
    )
    assert body["signatureParams"]["operation"] == str(case["operation"])
    assert (body["type"], body["from"], body["metadata"]) == ("SAFE", ADDRESS, "merge")
    assert set(body["signatureParams"]) == {
        *("baseGas", "gasPrice", "gasToken", "operation", "refundReceiver", "safeTxnGas")
    }


def test_wallet_vector(shared_data):
    case = relayer_case("deposit_wallet_merge_nonce7", shared_data)
    nonce, deadline = int(case["nonce"]), int(case["deadline"])
    request = WalletRequest(ADDRESS, case["wallet"], merged(), nonce, deadline)
    body = sent(sign_relay(signer(), request))
    assert body["signature"] == case["signature"]
    assert body["to"] == contracts_of(POLYGON).wallet_factory
    params = body["depositWalletParams"]
    assert (params["depositWallet"], params["deadline"]) == (case["wallet"], case["deadline"])
    assert [call["value"] for call in params["calls"]] == ["0"]


def test_proxy_vector(shared_data):
    case = relayer_case("proxy_merge_nonce7", shared_data)
    request = ProxyRequest(
        ADDRESS, case["proxyWallet"], merged(), 7, case["relay"], int(case["gasLimit"])
    )
    assert "0x" + request.relay_hash().hex() == case["hash"]
    body = sent(sign_relay(signer(), request))
    assert (body["signature"], body["to"]) == (case["signature"], case["to"])
    assert (body["data"], body["proxyWallet"]) == (case["data"], case["proxyWallet"])
    assert body["signatureParams"]["relayHub"] == case["relayHub"]


REQUESTS = {
    "safe": lambda calls: SafeRequest(ADDRESS, WALLETS[2], calls, 1),
    "proxy": lambda calls: ProxyRequest(ADDRESS, WALLETS[1], calls, 1, "0x" + "00" * 20, 9),
    "wallet": lambda calls: WalletRequest(ADDRESS, WALLETS[3], calls, 1, 1_790_000_600),
}


@pytest.mark.parametrize("kind", REQUESTS)
def test_request_of_nothing_is_refused(kind):
    with pytest.raises(SigningError, match="calls: none"):
        REQUESTS[kind](()).digest()


@pytest.mark.parametrize("kind", REQUESTS)
def test_request_of_another_owner_is_not_signed(kind):
    from msgspec.structs import replace

    request = replace(REQUESTS[kind](merged()), owner="0x" + "11" * 20)
    with pytest.raises(SigningError, match="owner: the request names"):
        sign_relay(signer(), request)


@pytest.mark.parametrize("kind", REQUESTS)
@given(first=st.binary(max_size=70), second=st.binary(max_size=70))
def test_order_and_content_of_calls_are_signed(kind, first, second):
    one, two = Call(WALLETS[1], first), Call(WALLETS[2], second)
    request = REQUESTS[kind]((one, two))
    digest = request.digest()
    assert digest != REQUESTS[kind]((two, one)).digest()
    assert digest != REQUESTS[kind]((one, Call(two.target, second + b"\x00"))).digest()
    assert recovered_address(digest, signer().sign_digest(digest)) == ADDRESS


def test_ids_of_the_real_market(shared_data):
    shared_data("venue", "vectors", "ctf_ids.json")
    case = load("ctf_ids.json")
    assert condition_id(case["oracle"], case["questionID"]) == case["conditionId"]
    assert ["0x" + collection_id(CONDITION, n).hex() for n in (1, 2)] == case["collectionIds"]
    found = [
        position_id(case["collateral_in_positionId"], collection_id(CONDITION, n)) for n in (1, 2)
    ]
    assert [str(token) for token in found] == case["positionIds"]
    assert case["oracle"] == contracts_of(POLYGON).crypto_oracle
    ours, theirs = position_v2(V3_TOKEN), case["protocol_v2"]
    assert str(V3_TOKEN) == theirs["positionId"]
    assert ours.condition_id[:-2] == theirs["conditionId31"]
    assert ours.outcome == theirs["outcomeIndex"]


def test_token_ids():
    assert token_ids(CONDITION) == (UP_TOKEN, DOWN_TOKEN)
    with pytest.raises(SigningError, match="position_collateral"):
        token_ids(CONDITION, AMOY)


@given(condition=st.binary(min_size=32, max_size=32), index=st.integers(1, 2))
def test_collection_is_a_point_of_the_curve(condition, index):
    collection = int.from_bytes(collection_id("0x" + condition.hex(), index), "big")
    x = collection & ~(1 << 254)
    assert 0 <= x < FIELD
    assert pow((x**3 + 3) % FIELD, (FIELD - 1) // 2, FIELD) in (0, 1)


def test_protocol_v2_ids():
    got = position_v2(V3_TOKEN)
    assert (got.module, got.condition_id, got.outcome) == (1, CONDITION_V2, UP)
    assert MODULES[got.module] == "Binary"
    assert position_id_v2(CONDITION_V2, UP) == V3_TOKEN
    assert position_id_v2(CONDITION_V2, DOWN) == V3_TOKEN + 1
    assert position_v2(V3_TOKEN + 1).outcome == DOWN
    packed = 3 << 248 | 5 << 120 | 6 << 104 | 7 << 24 | 8 << 8 | 1
    parts = position_v2(packed)
    assert (parts.module, parts.arity, parts.resolution_chain) == (3, 6, 7)
    assert (parts.condition_index, parts.outcome) == (8, 1)


@pytest.mark.parametrize("token", [UP_TOKEN, 0, -1, 1 << 256, V3_TOKEN | 1 << 40])
def test_other_ids_are_no_protocol_v2_positions(token):
    with pytest.raises(SigningError, match="not a Protocol V2 position"):
        position_v2(token)


def test_condition_of_32_bytes_has_no_protocol_v2_position():
    with pytest.raises(SigningError, match="31 bytes"):
        position_id_v2(CONDITION, UP)
