"""What one websocket connection is about to say: a bounded queue, filled without waiting."""

from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

Wake = Callable[[], None]
SLOW: Final = (4002, "slow consumer")


class RawBytes(bytes):
    """Bytes for the wire below the websocket framing: what a broken peer would send."""


class Disturbance(Protocol):
    """What is wrong with a channel: stands between the venue and its connections."""

    @property
    def calm(self) -> bool:
        """Whether nothing is wrong."""

    @property
    def mute(self) -> bool:
        """Whether pings stay unanswered."""

    def pass_on(self, outbox: "Outbox", frame: bytes) -> None:
        """Let a frame through, or what becomes of it, by `outbox.add`."""


class Outbox:
    """Frames that wait to be sent, and whether the connection is to be closed after them."""

    __slots__ = ("_wake", "channel", "closing", "cut", "frames", "held", "limit")

    def __init__(self, limit: int, wake: Wake, channel: Disturbance | None = None) -> None:
        self.frames: deque[bytes] = deque()
        self.held: list[bytes] = []
        """Frames that a fault keeps back."""
        self.limit = limit
        self._wake = wake
        self.channel = channel
        self.closing: tuple[int, str] | None = None
        """A close code and reason, once the venue has decided to close."""
        self.cut = False
        """Close without a word: no close frame."""

    def put(self, frame: bytes) -> None:
        """Say something (UTF-8 text), through whatever is wrong with the channel."""
        channel = self.channel
        if channel is None or channel.calm:
            self.add(frame)
        else:
            channel.pass_on(self, frame)

    def answer(self, frame: bytes) -> None:
        """Answer a ping: even a stalled channel does."""
        if self.channel is None or not self.channel.mute:
            self.add(frame)

    def add(self, frame: bytes) -> None:
        """Queue one frame."""
        if self.closing is not None or self.cut:
            return
        if len(self.frames) >= self.limit:
            self.frames.clear()
            self.close(*SLOW)
            return
        self.frames.append(frame)
        self._wake()

    def take(self) -> list[bytes]:
        """Everything queued, in order."""
        frames = list(self.frames)
        self.frames.clear()
        return frames

    def close(self, code: int, reason: str) -> None:
        """Close after what is queued."""
        if self.closing is None:
            self.closing = (code, reason)
            self._wake()

    def drop(self) -> None:
        """Close at once, without a close frame."""
        self.cut = True
        self.frames.clear()
        self._wake()
