"""Frames of every documented shape, and the recorded ones."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

from tests.recordings import shared_data

UP_TOKEN = "25070934348813416902477876984955073880416401960631253331845590271167412497744"
DOWN_TOKEN = "111614563957165270026378011809694313565736745512637881727398424401624030147043"
CONDITION = "0xcd5f9f505e0c0182746aa65963f72f01e7463259e5ea9f56672c0fe3a37f348a"
TOKENS = {UP_TOKEN: (1791241200, 0), DOWN_TOKEN: (1791241200, 1)}

BOOK = (
    f'{{"market":"{CONDITION}","asset_id":"{UP_TOKEN}","timestamp":"1791241810525","hash":"d7",'
    '"bids":[{"price":"0.01","size":"1123"},{"price":"0.95","size":"142.4"}],'
    '"asks":[{"price":"0.99","size":"13330.75"},{"price":"0.96","size":"441.4"}],'
    '"tick_size":"0.01","event_type":"book","last_trade_price":"0.040"}'
)
PRICE_CHANGE = (
    f'{{"market":"{CONDITION}","price_changes":['
    f'{{"asset_id":"{UP_TOKEN}","price":"0.27","size":"0","side":"BUY","hash":"f3",'
    '"best_bid":"0.49","best_ask":"0.51"},'
    f'{{"asset_id":"{DOWN_TOKEN}","price":"0.73","size":"5.25","side":"SELL","hash":"5b",'
    '"best_bid":"0.49","best_ask":"0.51"}],'
    '"timestamp":"1777366994943","event_type":"price_change"}'
)
TICK_CHANGE = (
    f'{{"event_type":"tick_size_change","market":"{CONDITION}","asset_id":"{UP_TOKEN}",'
    '"old_tick_size":"0.01","new_tick_size":"0.001","timestamp":"1777366994943"}'
)
LAST_TRADE = (
    f'{{"event_type":"last_trade_price","market":"{CONDITION}","asset_id":"{DOWN_TOKEN}",'
    '"price":"0.5","side":"SELL","size":"219.217767","fee_rate_bps":"","timestamp":"1777366994943"}'
)
BEST = (
    f'{{"event_type":"best_bid_ask","market":"{CONDITION}","asset_id":"{UP_TOKEN}",'
    '"best_bid":"0.73","best_ask":"0.77","spread":"0.04","timestamp":"1766789469958"}'
)
RESOLVED = (
    f'{{"event_type":"market_resolved","id":"1","market":"{CONDITION}",'
    f'"assets_ids":["{UP_TOKEN}","{DOWN_TOKEN}"],"winning_asset_id":"{DOWN_TOKEN}",'
    '"winning_outcome":"Down","timestamp":"1766790415550","tags":[]}'
)
ORDER = (
    f'{{"event_type":"order","type":"PLACEMENT","id":"0xa1","owner":"me","market":"{CONDITION}",'
    f'"asset_id":"{UP_TOKEN}","side":"BUY","original_size":"10","size_matched":"0","price":"0.57",'
    '"associate_trades":null,"outcome":"Up","created_at":"","expiration":"0","order_type":"GTC",'
    '"status":"LIVE","maker_address":"0xF3","timestamp":"1791241810525"}'
)
TRADE = (
    f'{{"event_type":"trade","type":"TRADE","id":"t1","taker_order_id":"0xbb","side":"BUY",'
    f'"market":"{CONDITION}","asset_id":"{UP_TOKEN}","size":"40","price":"0.43",'
    '"fee_rate_bps":"0","status":"MATCHED","match_time":"1791241810","outcome":"Up","owner":"me",'
    '"trade_owner":"me","maker_address":"0xF3","trader_side":"MAKER","maker_orders":['
    f'{{"order_id":"0xa1","owner":"me","maker_address":"0xF3","matched_amount":"10",'
    f'"price":"0.43","fee_rate_bps":"0","asset_id":"{UP_TOKEN}","outcome":"Up","side":"SELL"}},'
    f'{{"order_id":"0xa2","owner":"me","maker_address":"0xF3","matched_amount":"12.5",'
    f'"price":"0.57","fee_rate_bps":"0","asset_id":"{DOWN_TOKEN}","outcome":"Down"}},'
    f'{{"order_id":"0xzz","owner":"you","maker_address":"0xE4","matched_amount":"17.5",'
    f'"price":"0.43","fee_rate_bps":"0","asset_id":"{UP_TOKEN}","outcome":"Up"}}],'
    '"timestamp":"1791241810525"}'
)
RTDS = (
    '{"connection_id":"c","payload":{"full_accuracy_value":"76211800165600190000000",'
    '"symbol":"btc/usd","timestamp":1777381686000,"value":76211.80016560019},'
    '"timestamp":1777381687612,"topic":"crypto_prices_chainlink","type":"update"}'
)
RTDS_BATCH = (
    '{"payload":{"data":[{"timestamp":1777381626000,"value":76248.86816336501},'
    '{"timestamp":1777381627000,"value":76249.5}],"symbol":"btc/usd"},'
    '"timestamp":1777381687612,"topic":"crypto_prices","type":"subscribe"}'
)
BOLT = (
    '{"v":1,"channel":"price.crypto.twap","seq":7,"ts":1786179814147,"payload":{"symbol":"btcusd",'
    '"value":64126.0,"full_accuracy_value":"64126.00000001","timestamp":1786179814000,'
    '"source":"chainlink","window_seconds":60}}'
)
GAMMA = {
    "slug": "btc-updown-15m-1791241200",
    "conditionId": CONDITION,
    "resolutionSource": "https://data.chain.link/streams/btc-usd-twap-60s-streams",
    "endDate": "2026-10-05T23:15:00Z",
    "eventStartTime": "2026-10-05T23:00:00Z",
    "description": 'This market will resolve to "Up" if the time-weighted average price (TWAP) of '
    "Bitcoin is greater than or equal to the price at the beginning of that range.",
    "outcomes": '["Up", "Down"]',
    "clobTokenIds": json.dumps([UP_TOKEN, DOWN_TOKEN]),
    "active": True,
    "closed": False,
    "archived": False,
    "restricted": True,
    "enableOrderBook": True,
    "acceptingOrders": True,
    "orderPriceMinTickSize": 0.01,
    "orderMinSize": 5,
    "negRisk": False,
    "rewardsMinSize": 50,
    "rewardsMaxSpread": 4.5,
    "feesEnabled": True,
    "feeType": "crypto_fees_v2",
    "feeSchedule": {"exponent": 1, "rate": 0.07, "takerOnly": True, "rebateRate": 0.2},
    "cryptoMarketConfig": {"id": "btc-15m-twap-60", "twapEnabled": True, "twapLookbackSeconds": 60},
    "version": "v1",
}


def lines(path: Path) -> list[str]:
    """The lines of a text file, compressed or not."""
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return file.read().splitlines()
    return path.read_text(encoding="utf-8").splitlines()


def sample() -> list[str]:
    """The recorded market-channel sample of 2026-04-28."""
    path = shared_data("venue", "vectors", "captures", "ws_market_2026-04-28_sample.jsonl")
    return [line for line in lines(path) if line.strip()]


def sessions(source: str) -> Iterator[tuple[str, list[str]]]:
    """(session name, payloads) of each raw session, of one source."""
    root = shared_data("data", "A_updown", "raw_sessions_2026-04")
    for folder in sorted(root.iterdir()):
        records = [json.loads(line) for line in lines(folder / "raw_messages.jsonl.gz")]
        yield folder.name, [r["payload"] for r in records if r["source"] == source]
