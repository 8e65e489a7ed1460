"""A request that was given up does not reach the venue later: closing takes it back."""

import socket

import pytest
import trio

from pmio.network import TcpNetwork

LOOPBACK = "127.0.0.1"


def read_all(there: socket.socket) -> None:
    """Read to the end of what is sent."""
    while there.recv(65_536):
        pass


async def test_what_was_not_sent_is_taken_back(nursery):
    with socket.socket() as listener:
        # Small buffers, so that most of what is sent waits on our side.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        listener.bind((LOOPBACK, 0))
        listener.listen(1)
        stream = await TcpNetwork().connect(LOOPBACK, listener.getsockname()[1])
        there, _ = listener.accept()
        with there:
            with trio.move_on_after(0.2):
                await stream.send_all(b"x" * 16_000_000)
            await trio.aclose_forcefully(stream)
            there.settimeout(5.0)
            with pytest.raises(ConnectionResetError):
                read_all(there)
