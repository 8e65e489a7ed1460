"""Whatever bytes come, each decoder returns events that can be journalled, or a WireError."""

import json
import random
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmcore.wire import clob_rest, clob_user, clob_ws, gamma, polybolt, rtds
from pmcore.wire.clob_market import clob_market
from pmcore.wire.frames import WireError
from pmcore.wire.trade import Account, Ours
from tests.recordings import shared_data
from tests.wire import frames_seen as seen

OURS = Ours(seen.TOKENS, {"0xa1": 11, "0xa2": 12}, Account("me", "0xf3"))
PAGE = f'{{"data":[{seen.TRADE}],"next_cursor":"LTE="}}'
ORDERS = f'{{"data":[{seen.ORDER}],"next_cursor":"LTE="}}'
COMPACT = json.dumps(
    {"c": seen.CONDITION, "mos": 5, "mts": 0.01, "itode": True, "r": {"mi": 50, "ma": 4.5}}
    | {"t": [{"t": seen.UP_TOKEN, "o": "Up"}], "fd": {"r": 0.07, "e": 1, "to": True}, "v": "v1"}
)

DECODERS: dict[str, tuple[Callable[[bytes], object], list[str]]] = {
    "clob_ws": (
        lambda raw: clob_ws.decode(raw, 5, seen.TOKENS, {seen.UP_TOKEN: 10}),
        [
            seen.BOOK,
            seen.PRICE_CHANGE,
            seen.TICK_CHANGE,
            seen.LAST_TRADE,
            seen.BEST,
            seen.RESOLVED,
            f"[{seen.BOOK},{seen.LAST_TRADE}]",
        ],
    ),
    "clob_user": (lambda raw: clob_user.decode(raw, 5, OURS), [seen.ORDER, seen.TRADE]),
    "rtds": (lambda raw: rtds.decode(raw, 5), [seen.RTDS, seen.RTDS_BATCH]),
    "polybolt": (lambda raw: polybolt.decode(raw, 5), [seen.BOLT]),
    "gamma": (lambda raw: gamma.market_of(raw, "btc-updown-15m"), [json.dumps(seen.GAMMA)]),
    "book": (lambda raw: clob_rest.book(200, raw, 5, seen.TOKENS), [seen.BOOK]),
    "clob_market": (lambda raw: clob_market(200, raw), [COMPACT]),
    "open_orders": (lambda raw: clob_rest.open_orders(200, raw, OURS), [ORDERS]),
    "trades": (lambda raw: clob_rest.trades(200, raw, 5, OURS), [PAGE]),
}
EACH = pytest.mark.parametrize("name", DECODERS)


def survives(decode: Callable[[bytes], object], raw: bytes) -> bool:
    """Whether `raw` was decoded. Fails if anything but a WireError comes out of it.

    What was decoded must fit the journal, and so must what a refusal says.
    """
    refused: WireError | None = None
    result: object = None
    try:
        result = decode(raw)
    except WireError as error:
        refused = error
    if refused is not None:
        result = (refused.reason, refused.excerpt)
        assert max(map(len, result)) <= 300
    msgspec.msgpack.encode(result)
    msgspec.json.encode(result)
    return refused is None


@EACH
def test_whole_frames_decode(name):
    decode, frames = DECODERS[name]
    assert all(survives(decode, frame.encode()) for frame in frames)


@EACH
def test_cut_at_every_byte(name):
    decode, frames = DECODERS[name]
    for frame in frames:
        raw = frame.encode()
        whole = [cut for cut in range(len(raw)) if survives(decode, raw[:cut])]
        # Only nothing at all, and a bracket short of its list, can pass for a control frame.
        assert set(whole) <= {0}


@EACH
def test_flipped_bytes(name):
    decode, frames = DECODERS[name]
    chance = random.Random(name)
    refused = 0
    for frame in frames:
        raw = frame.encode()
        for _ in range(600):
            broken = bytearray(raw)
            for _ in range(chance.choice((1, 1, 2, 5))):
                broken[chance.randrange(len(raw))] = chance.choice((chance.randrange(256), 34, 45))
            refused += not survives(decode, bytes(broken))
    assert refused > 100


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["\ud800", "\x00", "\U0010ffff"])
    | st.sampled_from(["0.5", "-1", "1e9", "9" * 30, "BUY", "MATCHED", seen.UP_TOKEN, "0xa1"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)


@EACH
@given(raw=st.binary(max_size=80))
def test_random_bytes(name, raw):
    assert survives(DECODERS[name][0], raw) in (True, False)


@EACH
@given(value=JSON)
def test_random_json(name, value):
    assert survives(DECODERS[name][0], json.dumps(value).encode()) in (True, False)


def places(value: object) -> list[tuple[object, object]]:
    """(container, key) of everything inside a JSON value."""
    found: list[tuple[object, object]] = []
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            found += [(value, key), *places(value[key])]
    return found


@EACH
@given(data=st.data())
def test_one_part_replaced_by_anything(name, data):
    decode, frames = DECODERS[name]
    frame = json.loads(data.draw(st.sampled_from(frames)))
    container, key = data.draw(st.sampled_from(places(frame)))
    if isinstance(container, dict) and data.draw(st.booleans()):
        del container[key]
    else:
        container[key] = data.draw(JSON)
    assert survives(decode, json.dumps(frame).encode()) in (True, False)


@EACH
@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"payload":' + b"[" * 200_000,
        b"1" * 100_000,
        b'{"timestamp":' + b"1" * 100_000 + b"}",
        b'{"timestamp":1e400}',
        b'"\\ud800"',
        b"\x00" * 50,
        b"\xf0\x9f",
    ],
    ids=range(9),
)
def test_hostile_frames(name, raw):
    assert not survives(DECODERS[name][0], raw)


def recorded_tokens(frame: str) -> dict[str, tuple[int, int]]:
    message = json.loads(frame)
    parts = message.get("price_changes", [message])
    return {part["asset_id"]: (1, index) for index, part in enumerate(parts)}


def test_every_recorded_market_frame_cut_at_every_byte():
    for frame in seen.sample():
        tokens = recorded_tokens(frame)
        raw = frame.encode()
        assert survives(lambda part, t=tokens: clob_ws.decode(part, 5, t), raw)
        for cut in range(1, len(raw)):
            with pytest.raises(WireError):
                clob_ws.decode(raw[:cut], 5, tokens)


def test_every_recorded_price_frame_cut_at_every_byte():
    path = shared_data("venue", "vectors", "captures", "rtds_2026-04-28_sample.jsonl")
    for line in seen.lines(path):
        raw = json.loads(line)["payload"].encode()
        assert survives(lambda part: rtds.decode(part, 5), raw)
        for cut in range(1, len(raw)):
            with pytest.raises(WireError):
                rtds.decode(raw[:cut], 5)
