"""What can be wrong with a websocket channel while it stays connected.

Frames may be lost, doubled, swapped with the next, or held back and released in one burst; a stall
loses everything while pings are still answered ("silent stall of a connection or one asset while
PONGs continue", venue reference, section 5.1).
"""

from random import Random

from pmapp.local_venue.outbox import Outbox, RawBytes


class ChannelFaults:
    """The faults of one channel; draws come from its own seeded generator."""

    __slots__ = ("_swapped", "chance", "double", "holding", "lose", "mute", "refusing", "stalled",
                 "stalled_asset", "swap")  # fmt: skip

    def __init__(self, seed: str) -> None:
        self.chance = Random(seed)
        self.stalled = False
        self.stalled_asset = ""
        self.holding = False
        self.lose = 0.0
        self.double = 0.0
        self.swap = 0.0
        self.mute = False
        self.refusing = False
        """New connections are turned away."""
        self._swapped: dict[int, bytes] = {}

    @property
    def calm(self) -> bool:
        """Whether frames pass as they are."""
        return not (
            self.stalled
            or self.stalled_asset
            or self.holding
            or self.lose
            or self.double
            or self.swap
            or self._swapped
        )

    def pass_on(self, outbox: Outbox, frame: bytes) -> None:
        """One frame through everything that is wrong."""
        if self.stalled or (self.stalled_asset and self.stalled_asset.encode() in frame):
            return
        if self.lose and self.chance.random() < self.lose:
            return
        if self.holding:
            outbox.held.append(frame)
            return
        waiting = self._swapped.pop(id(outbox), None)
        if waiting is None and self.swap and self.chance.random() < self.swap:
            self._swapped[id(outbox)] = frame
            return
        outbox.add(frame)
        if self.double and self.chance.random() < self.double:
            outbox.add(frame)
        if waiting is not None:
            outbox.add(waiting)

    def release(self, outbox: Outbox) -> None:
        """Let go of everything that was held back, at once."""
        held, outbox.held = outbox.held, []
        for frame in held:
            outbox.add(frame)


def garbage(kind: str, chance: Random) -> bytes:
    """A frame that no venue should send. ValueError for a kind that is not known."""
    if kind == "text":
        return "".join(chr(chance.randrange(32, 0x2FF)) for _ in range(80)).encode()
    if kind == "empty":
        return b"[]"
    if kind == "truncated":
        return b'{"event_type":"book","bids":[{"price":"0.5'
    if kind == "types":
        return b'{"event_type":"book","asset_id":7,"bids":"none","asks":{},"timestamp":null}'
    if kind == "unknown":
        return b'{"event_type":"quantum_tick","asset_id":"1"}'
    if kind == "deep":
        return b"[" * 20_000 + b"]" * 20_000
    if kind == "huge":
        return b'{"event_type":"book","pad":"' + b"x" * 900_000 + b'"}'
    if kind == "non_utf8":
        body = b'{"event_type":"\xff\xfe\xc3\x28"}'
        return RawBytes(bytes((0x81, len(body))) + body)
    if kind == "no_frame":
        return RawBytes(bytes(chance.randrange(256) for _ in range(64)))
    raise ValueError(f"garbage: {kind!r} is none of {', '.join(GARBAGE)}")


GARBAGE = (
    "text", "empty", "truncated", "types", "unknown", "deep", "huge", "non_utf8", "no_frame",
)  # fmt: skip
