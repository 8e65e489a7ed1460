"""Drives a venue with the venue's own Python client, unchanged; prints what came back as JSON.

Run by `test_official_client` with the interpreter of `.venv-official`. The first argument is the
JSON of `pm venue`, the second the wallets of the key by signature type.
"""

import json
import sys
import time

import httpx
from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import (
    ApiCreds,
    BalanceAllowanceParams,
    BookParams,
    MarketOrderArgsV2,
    OpenOrderParams,
    OrderArgsV1,
    OrderArgsV2,
    OrderMarketCancelParams,
    OrderPayload,
    OrderScoringParams,
    OrdersScoringParams,
    PartialCreateOrderOptions,
    PostOrdersV2Args,
    PricesHistoryParams,
    TradeParams,
)
from py_clob_client_v2.exceptions import PolyApiException

KEY = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"


def refused(call):
    """The status and the body of a refusal."""
    try:
        call()
    except PolyApiException as error:
        return [error.status_code, error.error_msg]
    return None


def markets(at, client):
    """The current market and the two after it, in Gamma's form, by protocol."""
    start = int(client.get_server_time()) // 900 * 900
    found = {}
    for window in (start, start + 900):
        market = httpx.get(f"{at['gamma']}/markets/slug/btc-updown-15m-{window}").json()
        found[market["version"]] = {
            "condition": market["conditionId"],
            "tokens": json.loads(market["clobTokenIds"]),
        }
    return found


def trading(client, market, version):
    """Rest, read, cancel and take in one market; what was seen."""
    seen = {}
    up, down = market["tokens"]
    options = PartialCreateOrderOptions(version=version)
    book = client.get_order_book(up)
    seen["levels"] = [len(book["bids"]), len(book["asks"])]
    both = client.get_order_books([BookParams(up), BookParams(down)])
    seen["checksums"] = [of["hash"] == client.get_order_book_hash(of) for of in both]
    bid = max(0.02, float(book["bids"][-1]["price"]) - 0.03)

    def order(price, side="BUY", size=60, token=up):
        of = OrderArgsV2(token_id=token, price=round(price, 2), size=size, side=side)
        return client.create_order(of, options)

    first = client.post_order(order(bid), "GTC", post_only=True)
    seen["post"] = [first["status"], first["success"]]
    got = client.get_order(first["orderID"])
    seen["order"] = [got["status"], got["original_size"], got["side"]]
    deadline = time.monotonic() + 10
    scores = {}
    while not scores.get("scoring") and time.monotonic() < deadline:
        scores = client.is_order_scoring(OrderScoringParams(first["orderID"]))
    seen["scoring"] = [scores, list(client.are_orders_scoring(
        OrdersScoringParams([first["orderID"]])).values())]  # fmt: skip
    seen["canceled"] = client.cancel_order(OrderPayload(first["orderID"]))["canceled"] == [
        first["orderID"]
    ]
    batch = [PostOrdersV2Args(order(0.01 + n / 100, size=5), "GTC") for n in range(14)]
    batch.append(PostOrdersV2Args(order(0.01, size=1), "GTC"))
    legs = client.post_orders(batch)
    seen["batch"] = [sum(leg["status"] == "live" for leg in legs), legs[-1]["errorMsg"][-30:]]
    seen["open"] = len(client.get_open_orders(OpenOrderParams(market=market["condition"])))
    ids = [leg["orderID"] for leg in legs if leg["orderID"]]
    seen["cancels"] = [
        len(client.cancel_orders(ids[:3])["canceled"]),
        len(client.cancel_market_orders(OrderMarketCancelParams(asset_id=up))["canceled"]),
        client.cancel_all(),
    ]
    seen["crossing"] = refused(lambda: client.post_order(order(0.99), "GTC", post_only=True))
    seen["duplicate"] = duplicate(client, order(0.01))
    wrong = client.create_order(
        OrderArgsV2(token_id=up, price=0.01, size=5, side="BUY"),
        PartialCreateOrderOptions(version=5 - version, neg_risk=False),
    )
    seen["mismatch"] = refused(lambda: client.post_order(wrong))
    of = MarketOrderArgsV2(token_id=up, amount=5, side="BUY", price=0.97, order_type="FAK")
    bought = client.create_and_post_market_order(of, options, "FAK")
    seen["bought"] = [bought["status"], len(bought["tradeIDs"]) > 0,
                      all(h.startswith("0x") for h in bought["transactionsHashes"])]  # fmt: skip
    taken = float(bought["takingAmount"])
    (row,) = client.get_trades(TradeParams(id=bought["tradeIDs"][0]))
    seen["trade"] = [row["trader_side"], row["market"] == market["condition"]]
    deadline = time.monotonic() + 20
    while row["status"] != "CONFIRMED" and time.monotonic() < deadline:
        (row,) = client.get_trades(TradeParams(id=bought["tradeIDs"][0]))
    seen["confirmed"] = row["status"]
    held = BalanceAllowanceParams(asset_type="CONDITIONAL", token_id=up)
    seen["shares"] = int(client.get_balance_allowance(held)["balance"]) == round(taken * 1e6)
    of = MarketOrderArgsV2(token_id=up, amount=5, side="SELL", price=0.02, order_type="FAK")
    seen["sold"] = client.create_and_post_market_order(of, options, "FAK")["status"]
    return seen


def duplicate(client, order):
    """What a second submission of the same order says."""
    client.post_order(order, "GTC")
    said = refused(lambda: client.post_order(order, "GTC"))
    client.cancel_all()
    return [said[0], said[1]["error"][-11:]]


def reads(client, market):
    """Everything else that can be read."""
    up = market["tokens"][0]
    day = PricesHistoryParams(market=up, interval="1d")
    return {
        "ok": client.get_ok(),
        "version": client.get_version(),
        "tick": client.get_tick_size(up),
        "neg_risk": client.get_neg_risk(up),
        "fee": client.get_fee_rate_bps(up),
        "exponent": client.get_fee_exponent(up),
        "mid": list(client.get_midpoint(up)),
        "mids": list(client.get_midpoints([BookParams(up)])) == [up],
        "price": list(client.get_price(up, "BUY")),
        "prices": list(client.get_prices([BookParams(up, "BUY")])[up]),
        "spread": list(client.get_spread(up)),
        "last": sorted(client.get_last_trade_price(up)),
        "lasts": len(client.get_last_trades_prices([BookParams(up)])),
        "history": list(client.get_prices_history(day)),
        "market": client.get_market(market["condition"])["condition_id"] == market["condition"],
        "compact": client.get_clob_market_info(market["condition"])["mos"],
        "markets": len(client.get_markets()["data"]) > 90,
        "sampling": client.get_sampling_markets()["next_cursor"],
        "activity": client.get_market_trades_events(market["condition"]),
        "rewards": client.get_current_rewards(),
        "notifications": client.get_notifications(),
        "dropped": client.drop_notifications(),
        "earned": client.get_earnings_for_user_for_day("2026-11-20"),
        "percentages": client.get_reward_percentages(),
        "pre_migration": client.get_pre_migration_orders(),
        "balance": list(client.get_balance_allowance(BalanceAllowanceParams("COLLATERAL"))),
        "updated": client.update_balance_allowance(BalanceAllowanceParams("COLLATERAL")),
    }


def beats(client):
    """A chain of heartbeats, and a wrong one."""
    first = client.post_heartbeat("")
    second = client.post_heartbeat(first["heartbeat_id"])
    said = refused(lambda: client.post_heartbeat("wrong"))
    third = client.post_heartbeat(said[1]["heartbeat_id"])
    return [said[0], said[1]["heartbeat_id"] == second["heartbeat_id"], len(third["heartbeat_id"])]


def main():
    at, wallets = json.loads(sys.argv[1]), json.loads(sys.argv[2])
    client = ClobClient(at["clob"], at["chain_id"], key=KEY)
    creds = client.create_or_derive_api_key()
    told = {"derived": client.create_or_derive_api_key() == creds}
    client.set_api_creds(creds)
    told["keys"] = client.get_api_keys() == {"apiKeys": [creds.api_key]}
    told["closed_only"] = client.get_closed_only_mode()
    found = markets(at, client)
    told["reads"] = reads(client, found["v1"])
    told["v1"] = trading(client, found["v1"], 2)
    told["v2"] = trading(client, found["v2"], 3)
    told["beats"] = beats(client)
    told["wallets"] = {}
    for kind, address in wallets.items():
        of = ClobClient(at["clob"], at["chain_id"], KEY, creds, int(kind), address)
        for protocol, version in (("v1", 2), ("v2", 3)):
            args = OrderArgsV2(found[protocol]["tokens"][0], 0.01, 5, "BUY")
            order = of.create_order(args, PartialCreateOrderOptions(version=version))
            posted = of.post_order(order, "GTC")
            told["wallets"][f"{kind}/{protocol}"] = posted["status"]
        of.cancel_all()
    old = client.create_order(
        OrderArgsV1(found["v1"]["tokens"][0], 0.01, 5, "BUY"),
        PartialCreateOrderOptions(version=1, neg_risk=False),
    )
    told["old"] = refused(lambda: client.post_order(old))
    stranger = ClobClient(at["clob"], at["chain_id"], KEY, ApiCreds("x", creds.api_secret, "y"))
    told["stranger"] = refused(stranger.get_api_keys)
    told["deleted"] = client.delete_api_key()
    told["gone"] = refused(client.get_api_keys)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
