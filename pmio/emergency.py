"""The last act: cancel everything at the venue, on a connection of its own, whatever else broke.

Used when something of ours failed, or when an orderly stop was not confirmed in time. It shares
nothing with the lanes: no pool, no pacing, no inbox, no state.
"""

from typing import Final

import trio

from pmcore.wire.clob_cancels import cancel_answer
from pmio.clock import Clock
from pmio.network import Network
from pmio.pacing import CANCEL_ALL, Pacing
from pmio.rest import Rest, Sign, Unreachable

TRY_S: Final = 2.0
PAUSE_S: Final = 0.1


async def cancel_everything(
    network: Network, clob: str, sign: Sign, clock: Clock, within_s: float
) -> bool:
    """Ask until the venue confirms that nothing of ours rests, at most `within_s`.

    Shielded: this is the one thing that is done even while everything else is being cancelled.
    """
    with trio.CancelScope(shield=True), trio.move_on_after(within_s):
        rest = Rest(
            network, Pacing(), clock.now_ns, connections=1, timeout_s=min(TRY_S, within_s / 3)
        )
        try:
            while True:
                try:
                    reply = await rest.ask(CANCEL_ALL, "DELETE", f"{clob}/cancel-all", sign=sign)
                    # An order inside the taker delay cannot be cancelled yet: ask again.
                    if not cancel_answer(reply.status, reply.body).left:
                        return True
                except Unreachable:
                    pass
                await trio.sleep(PAUSE_S)
        finally:
            with trio.move_on_after(PAUSE_S):
                await rest.aclose()
    return False
