"""PolyBolt: prices, snapshots, sequence numbers, and the words of its errors."""

import json

import pytest

from pmcore.events import OracleTicked
from pmcore.ids import CHAINLINK, TWAP_60
from pmcore.wire.frames import WireError
from pmcore.wire.polybolt import BoltFrame, decode
from tests.wire.frames_seen import BOLT

T = 1_786_179_814_000_000_000
TICK = OracleTicked(5, T, TWAP_60, 64_126_000_000_010_000)
TWAP = "price.crypto.twap"


def changed(payload: dict[str, object] | None = None, **fields: object) -> str:
    frame = json.loads(BOLT)
    return json.dumps(frame | fields | {"payload": frame["payload"] | (payload or {})})


SNAPSHOT = {
    "data": [
        {"timestamp": 1786179813000, "value": 64125.5, "full_accuracy_value": "64125.5"},
        {"timestamp": 1786179814000, "value": 64126.25},
    ]
}


@pytest.mark.parametrize(
    ("frame", "got"),
    [
        (BOLT, BoltFrame((TICK,), TWAP, 7)),
        (changed(dropped=3), BoltFrame((TICK,), TWAP, 7, False, 3)),
        (changed({"symbol": "ethusd"}), BoltFrame((), TWAP, 7)),
        (changed({"window_seconds": 30}), BoltFrame((), TWAP, 7)),
        (
            changed(SNAPSHOT, snapshot=True),
            BoltFrame(
                (
                    OracleTicked(5, T - 10**9, TWAP_60, 64_125_500_000_000_000),
                    OracleTicked(5, T, TWAP_60, 64_126_250_000_000_000),
                ),
                TWAP,
                7,
                True,
            ),
        ),
        (changed({"source": "pyth"}, channel="price.crypto"), BoltFrame((), "price.crypto", 7)),
        (
            changed({"source": "chainlink"}, channel="price.crypto"),
            BoltFrame((OracleTicked(5, T, CHAINLINK, TICK.price),), "price.crypto", 7),
        ),
        (changed(channel="price.equity"), BoltFrame((), "price.equity", 7)),
        ('{"op":"authed","rid":"a1"}', BoltFrame(op="authed", rid="a1")),
        (
            f'{{"op":"subscribed","channel":"{TWAP}","rid":"s1"}}',
            BoltFrame(channel=TWAP, op="subscribed", rid="s1"),
        ),
        ('{"op":"pong"}', BoltFrame(op="pong")),
        (
            '{"op":"error","code":"bad_filter","rid":"s1"}',
            BoltFrame(op="error", rid="s1", text="bad_filter"),
        ),
        ('{"error":"auth_required"}', BoltFrame(op="error", text='"auth_required"')),
    ],
)
def test_decode(frame, got):
    assert decode(frame, 5) == got
    assert decode(frame.encode(), 5) == got


@pytest.mark.parametrize(
    "frame",
    [
        "{}",
        "7",
        b"\xff",
        "[" * 50_000,
        changed(seq=-1),
        changed(seq=10**30),
        changed(dropped=-2),
        changed({"full_accuracy_value": "inf"}),
        changed({"full_accuracy_value": "", "value": None}),
        changed({"full_accuracy_value": "0.0000000000001"}),
        changed({"timestamp": "now"}),
        changed({"symbol": None}),
        changed({"data": [{"value": 1}]}),
    ],
)
def test_garbage_is_a_wire_error(frame):
    with pytest.raises(WireError):
        decode(frame, 5)
