"""The plain frames of a websocket, taken out of the stream before the library sees them.

A market channel is whole text frames by the thousand; the library spends more on each of them than
the core does. So this stream stands between the socket and the library. Behind the handshake it
takes whole, unmasked text and binary frames out and keeps them as messages, many to one read.
Pings, pongs and closes go on to the library, which answers them. At the first byte that is neither
(a fragment, a reserved bit, a mask, text that is no UTF-8, a message above the limit) it stands
aside for the rest of the connection, so what is wrong with it is for the library to say.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

import trio

TEXT: Final = 0x81
BINARY: Final = 0x82
CLOSE: Final = 0x88
CONTROLS: Final = (CLOSE, 0x89, 0x8A)
"""First bytes of frames that are whole and use no extension."""
SHORT: Final = 125
SWITCHED: Final = b"HTTP/1.1 101"
HEAD_END: Final = b"\r\n\r\n"
HEAD_MAX: Final = 65_536
HEAD, PLAIN, ASIDE = range(3)


class PlainFrames(trio.abc.Stream):
    """Sifts what `stream` receives. `ended` is called when the peer has ended it.

    At most about `ahead` messages are kept before the peer is left unread; `longest` is the largest
    message, in bytes.
    """

    def __init__(
        self, stream: trio.abc.Stream, ended: Callable[[], None], ahead: int, longest: int
    ) -> None:
        self.messages: deque[bytes | str] = deque()
        self._stream = stream
        self._ended = ended
        self._ahead = ahead
        self._longest = longest
        self._stage = HEAD
        self._rest = b""
        self._news = trio.lowlevel.ParkingLot()
        self._room = trio.lowlevel.ParkingLot()

    async def take(self) -> list[bytes | str]:
        """Every message that has come, oldest first; none when the library has the word."""
        while not self.messages and self._stage != ASIDE:
            await self._news.park()
        taken = list(self.messages)
        self.messages.clear()
        self._room.unpark_all()
        return taken

    def stand_aside(self) -> None:
        """From now on messages come from the library, or its reason why none come."""
        self._stage = ASIDE
        self._rest = b""
        self._news.unpark_all()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Sent as it is."""
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        """Wait until there is room."""
        await self._stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """What is left for the library; b"" at the end."""
        passed = b""
        while not passed:
            while len(self.messages) >= self._ahead:
                await self._room.park()
            received: bytes | bytearray = b""
            try:
                received = await self._stream.receive_some(max_bytes)
            finally:
                if not received:
                    self.stand_aside()
                    self._ended()
            if not received:
                return b""
            passed = self.sift(bytes(received))
        return passed

    async def aclose(self) -> None:
        """Close the stream below."""
        self.stand_aside()
        await self._stream.aclose()

    def sift(self, received: bytes) -> bytes:
        """Keep the messages of what was received; the bytes that are the library's."""
        if self._stage == ASIDE:
            return received
        if self._stage == HEAD:
            return self._head(received)
        rest = self._rest + received
        passed: list[bytes] = []
        at = self._frames(rest, passed)
        if self._stage == ASIDE:
            passed.append(rest[at:])
            self._rest = b""
            self._news.unpark_all()
        else:
            self._rest = rest[at:]
        if self.messages:
            self._news.unpark_all()
        return b"".join(passed)

    def _head(self, received: bytes) -> bytes:
        """The answer to the handshake; frames may follow it at once."""
        known = len(self._rest)
        head = self._rest + received
        end = head.find(HEAD_END)
        if end < 0:
            self._rest = head
            if len(head) > HEAD_MAX:
                self.stand_aside()
            return received
        self._rest = b""
        if not head.startswith(SWITCHED):
            self.stand_aside()
            return received
        self._stage = PLAIN
        ours = end + len(HEAD_END) - known
        return received[:ours] + self.sift(received[ours:])

    def _frames(self, rest: bytes, passed: list[bytes]) -> int:
        """Sift whole frames; where the first one begins that is not whole, or not plain."""
        at, size = 0, len(rest)
        while size - at >= 2:
            first, length = rest[at], rest[at + 1]
            begin = at + 2
            if first in CONTROLS and length <= SHORT:
                if size < begin + length:
                    return at
                passed.append(rest[at : begin + length])
                if first == CLOSE:
                    self._stage = ASIDE
                    return begin + length
            elif first in (TEXT, BINARY) and length <= SHORT + 2:
                if length > SHORT:
                    wide = 2 if length == SHORT + 1 else 8
                    if size < begin + wide:
                        return at
                    least = SHORT if wide == 2 else 0xFFFF
                    length = int.from_bytes(rest[begin : begin + wide], "big")
                    begin += wide
                    if not least < length <= self._longest:
                        self._stage = ASIDE
                        return at
                if size < begin + length:
                    return at
                if not self._keep(first, rest[begin : begin + length]):
                    return at
            else:
                self._stage = ASIDE
                return at
            at = begin + length
        return at

    def _keep(self, first: int, body: bytes) -> bool:
        """Keep a message, unless it says that it is text and is none."""
        if first == BINARY:
            self.messages.append(body)
            return True
        try:
            self.messages.append(body.decode())
        except UnicodeDecodeError:
            self._stage = ASIDE
            return False
        return True
