"""What a hostile or broken peer may say: bytes, texts, JSON of the wrong shape, half right frames.

`PM_HOSTILE=50` in the environment draws fifty times as many of them as `make test` does.
"""

import json
import os

from hypothesis import strategies as st

from tests.wire import frames_seen as seen

ODD_TEXTS = st.sampled_from(
    ["", "\ud800", "\x00", "\x7f/..", "../../x?y#z", "%00", "nan", "-1", "1e999", "9" * 5_000, "0x",
     "1" * 80, "0xa1", "BUY", "LTE=", "MA==", "live", "matched", "delayed", "true", seen.UP_TOKEN]
)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.integers(-(2**300), 2**300)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6)
    | ODD_TEXTS
)
KEYS = st.sampled_from(
    ["success", "orderID", "errorMsg", "status", "error", "code", "retry_after_seconds", "canceled",
     "not_canceled", "data", "next_cursor", "balance", "heartbeat_id", "nonce", "address", "state",
     "transactionID", "transaction_hash", "error_msg", "market", "asset_id", "timestamp", "bids",
     "asks", "hash", "tick_size", "price", "size", "side", "id", "events", "markets",
     "clobTokenIds",
     "outcomes", "outcomePrices", "closed", "slug", "conditionId", "t", "mts", "mos", "fd", "r",
     "event_type", "price_changes", "topic", "payload", "symbol", "value", "op", "channel", "seq",
     "maker_orders", "trade_id", "apiKey", "secret", "passphrase", "blocked", "closed_only"]
)  # fmt: skip
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=10,
)
DEEP = st.sampled_from([b"[" * 3_000, b'{"a":' * 2_000, b"[" * 2_000 + b"]" * 2_000])
WHOLE = [
    seen.BOOK, seen.PRICE_CHANGE, seen.TICK_CHANGE, seen.LAST_TRADE, seen.BEST, seen.RESOLVED,
    seen.ORDER, seen.TRADE, seen.RTDS, seen.RTDS_BATCH, seen.BOLT, json.dumps(seen.GAMMA),
    f'{{"data":[{seen.TRADE}],"next_cursor":"x"}}', f'{{"data":[{seen.ORDER}]}}',
]  # fmt: skip


@st.composite
def changed(draw: st.DrawFn) -> bytes:
    """A real message, one of whose parts is something else."""
    message = json.loads(draw(st.sampled_from(WHOLE)))
    place = message
    while True:
        ways = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(ways))
        if isinstance(place[key], dict | list) and place[key] and draw(st.booleans()):
            place = place[key]
            continue
        place[key] = draw(JSON)
        return json.dumps(message).encode()


@st.composite
def torn(draw: st.DrawFn) -> bytes:
    """A real message that ends too soon, or has a byte that does not belong there."""
    raw = draw(st.sampled_from(WHOLE)).encode()
    cut = draw(st.integers(0, len(raw) - 1))
    return (
        raw[:cut] + draw(st.binary(max_size=2)) + (raw[cut + 1 :] if draw(st.booleans()) else b"")
    )


BODIES = (
    JSON.map(lambda value: json.dumps(value).encode())
    | changed()
    | torn()
    | st.binary(max_size=60)
    | DEEP
)
"""Bodies of HTTP answers."""
FRAMES = BODIES | BODIES.map(lambda raw: raw.decode("utf-8", "replace")) | st.text(max_size=40)
"""Messages of a websocket, binary and text."""
STATUSES = st.sampled_from([200, 200, 200, 200, 400, 401, 403, 404, 425, 429, 500, 503, 999])
HEADS = st.sampled_from(
    ["", "0", "-5", "nan", "inf", "1e300", "Fri, 31 Dec 2999 23:59:59 GMT", "x" * 500]
)
"""Values of the headers that we read."""
MORE = int(os.environ.get("PM_HOSTILE", "1"))
"""By how much more is drawn."""
