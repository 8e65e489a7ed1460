"""One live maker for each account on a machine, whatever folders their journals lie in.

Two of them would each keep the limits by its own orders alone, so that together they bind twice as
much, and each would cancel the other's orders as strays.
"""

import socket
from errno import EADDRINUSE
from hashlib import sha256

from pmapp.refused import Refused


class AccountHold:
    """The account of `wallet` at the venue `clob` is this process's until `release`.

    Raises Refused where another process has it. The hold is a name in Linux's abstract socket
    space: nothing is left behind by a process that died, and no folder has to be agreed upon. It
    binds the processes of one network namespace.
    """

    def __init__(self, clob: str, wallet: str) -> None:
        name = sha256(f"{clob} {wallet.lower()}".encode()).hexdigest()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.bind(f"\0pm-maker-{name}")
        except OSError as error:
            self._socket.close()
            if error.errno != EADDRINUSE:
                raise
            fault = "another `pm maker` trades for this account"
            raise Refused(f"{wallet}: {fault}; stop it, or give another key") from None

    def release(self) -> None:
        """Let go of the account."""
        self._socket.close()
