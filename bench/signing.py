"""Orders signed in a second on one core, stage by stage, and the general library beside it.

`python -m bench.signing [RUNS]` prints one JSON line. Every rate is the median of RUNS timings
(default 7) with the least and the most beside it. `order` is the whole path that a submission
takes: effect and market to fields, digest, signature, JSON body; `order_with_l2` adds the request's
HMAC headers. `eth_account` signs the same order from general typed data, with coincurve behind it
(the library takes it when it is installed), and without a JSON body.
"""

import gc
import json
import statistics
import sys
import time
from collections.abc import Callable

from eth_account import Account
from eth_account.messages import encode_typed_data

from bench.__main__ import machine
from pmcore.effects import PlaceOrder
from pmcore.ids import BUY, UP, MarketId, OrderId
from pmcore.market import CRYPTO_FEES, Market, RewardTerms, Settlement
from pmcore.order import GTC
from pmcore.units import Ns, Price, Shares
from pmcore.wire.contracts import EXCHANGE_NAME
from pmcore.wire.order_body import OrderDraft, order_body, order_draft, wallet_terms
from pmcore.wire.order_typed_data import ORDER_TYPE, order_id
from pmio.secrets import Secret
from pmio.signer import ApiKey, KeySigner, sign_order

KEY = "0x" + "11" * 32  # throw-away
DEPOSIT_WALLET = "0x" + "22" * 20
TOKEN = "25070934348813416902477876984955073880416401960631253331845590271167412497744"
NOW_MS = 1790000000000
NOW_S = NOW_MS // 1000
DOMAIN = {
    "name": "string",
    "version": "string",
    "chainId": "uint256",
    "verifyingContract": "address",
}


def bench_market() -> Market:
    return Market(
        MarketId(1791241200),
        "btc-updown-15m-1791241200",
        "0xcd5f9f505e0c0182746aa65963f72f01e7463259e5ea9f56672c0fe3a37f348a",
        (TOKEN, TOKEN),
        Ns(1791241200 * 10**9),
        Ns(1791242100 * 10**9),
        Price(100),
        Shares(5_000_000),
        CRYPTO_FEES,
        RewardTerms(),
        Settlement(),
    )


def rate(act: Callable[[int], object], count: int, runs: int) -> dict[str, float]:
    """Calls of `act` in a second: median, least, most, and the median's microseconds."""
    act(0)
    found = []
    for run in range(runs):
        numbers = range(run * count, (run + 1) * count)
        begin = time.perf_counter()
        for number in numbers:
            act(number)
        found.append(count / (time.perf_counter() - begin))
    middle = statistics.median(found)
    return {
        "median_per_s": round(middle),
        "min_per_s": round(min(found)),
        "max_per_s": round(max(found)),
        "us_each": round(1e6 / middle, 1),
    }


def typed_order(draft: OrderDraft) -> dict[str, object]:
    """The order as general typed data."""
    members = [part.split(" ") for part in ORDER_TYPE[6:-1].split(",")]
    of = draft.fields
    values = (of.salt, of.maker, of.signer, of.token_id, of.maker_amount, of.taker_amount)
    values += (of.side, of.signature_type, of.timestamp_ms, of.metadata, of.builder)
    return {
        "domain": {
            "name": EXCHANGE_NAME,
            "version": str(draft.exchange.version),
            "chainId": draft.exchange.chain_id,
            "verifyingContract": draft.exchange.address,
        },
        "types": {
            "EIP712Domain": [{"name": n, "type": t} for n, t in DOMAIN.items()],
            "Order": [{"name": n, "type": t} for t, n in members],
        },
        "primaryType": "Order",
        "message": {n: value for (_, n), value in zip(members, values, strict=True)},
    }


def main(runs: int) -> None:
    """Measure and print."""
    signer = KeySigner(Secret("bench key", KEY))
    secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    api = ApiKey(
        signer.address, "0" * 36, Secret("bench secret", secret), Secret("bench phrase", "0" * 64)
    )
    market = bench_market()
    eoa = wallet_terms(0, signer.address, "", "0" * 36)
    deposit = wallet_terms(3, signer.address, DEPOSIT_WALLET, "0" * 36)

    def draft(number: int, terms=eoa) -> OrderDraft:
        price = Price(100 + number % 98 * 100)
        size = Shares(5_000_000 + number % 1000 * 10_000)
        order = OrderId(number + 1)
        effect = PlaceOrder(order, market.id, UP, BUY, price, size, GTC, True, Ns(0), "quote")
        return order_draft(effect, market, terms, "bench", NOW_MS + number)

    def whole(number: int) -> object:
        return sign_order(signer, draft(number))

    def whole_with_headers(number: int) -> object:
        signed = sign_order(signer, draft(number))
        return api.headers(NOW_S, "POST", "/order", signed.body)

    one = draft(1)
    signature = bytes(65)
    digest = order_id(one.fields, one.exchange)
    body = sign_order(signer, one).body
    full = typed_order(one)
    if bytes(Account.sign_message(encode_typed_data(full_message=full), KEY).signature) != (
        sign_order(signer, one).signature
    ):
        raise SystemExit("bench: the two paths do not sign alike")

    gc.collect()
    gc.freeze()
    rows = {
        "order": rate(whole, 5_000, runs),
        "order_with_l2": rate(whole_with_headers, 5_000, runs),
        "order_of_deposit_wallet": rate(
            lambda n: sign_order(signer, draft(n, deposit)), 5_000, runs
        ),
        "stage_fields": rate(draft, 20_000, runs),
        "stage_digest": rate(lambda _: order_id(one.fields, one.exchange), 10_000, runs),
        "stage_sign": rate(lambda _: signer.sign_digest(digest), 10_000, runs),
        "stage_body": rate(lambda _: order_body(one, signature), 20_000, runs),
        "stage_l2": rate(lambda _: api.headers(NOW_S, "POST", "/order", body), 20_000, runs),
        "eth_account": rate(
            lambda _: Account.sign_message(encode_typed_data(full_message=full), KEY), 200, runs
        ),
    }
    ratio = rows["order"]["median_per_s"] / rows["eth_account"]["median_per_s"]
    print(
        json.dumps(
            {"machine": machine(), "runs": runs, **rows, "order_to_eth_account": round(ratio, 1)}
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
