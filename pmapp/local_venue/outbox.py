"""What one websocket connection is about to say: a bounded queue, filled without waiting."""

from collections import deque
from collections.abc import Callable
from typing import Final

Wake = Callable[[], None]
SLOW: Final = (4002, "slow consumer")


class RawBytes(bytes):
    """Bytes for the wire below the websocket framing: what a broken peer would send."""


class Outbox:
    """Frames that wait to be sent, and whether the connection is to be closed after them."""

    __slots__ = ("_wake", "closing", "cut", "frames", "limit", "muted", "swallowed")

    def __init__(self, limit: int, wake: Wake) -> None:
        self.frames: deque[bytes] = deque()
        self.limit = limit
        self._wake = wake
        self.closing: tuple[int, str] | None = None
        """A close code and reason, once the venue has decided to close."""
        self.cut = False
        """Close without a word: no close frame."""
        self.muted = False
        """A fault: facts are dropped, while answers to pings still go out."""
        self.swallowed = 0

    def put(self, frame: bytes) -> None:
        """Queue one text frame (UTF-8), or drop it if the fault says so."""
        if self.muted:
            self.swallowed += 1
        else:
            self.force(frame)

    def force(self, frame: bytes) -> None:
        """Queue one frame whatever the fault: keep-alive answers."""
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
