"""How far our clock stands from the venue's: asked once before a live run.

Windows open and close by the venue's clock, and its signatures and expiries are judged by it. An
oracle's stamps tell only of a clock that is off by seconds (`AHEAD_NS_MAX`, the limits of
staleness); a smaller error would move the cutoff and the time left without a word.
"""

from typing import Final

from pmcore.units import SECOND, Ns
from pmcore.wire.clob_rest import server_time
from pmcore.wire.frames import WireError
from pmio.addresses import Addresses
from pmio.clock import Clock
from pmio.pacing import PUBLIC
from pmio.rest import Rest

SKEW_NS_MAX: Final = Ns(2 * SECOND)


async def clock_fault(
    rest: Rest, addresses: Addresses, clock: Clock, most_ns: int = SKEW_NS_MAX
) -> str:
    """What is wrong with our clock; "" if it is within `most_ns` of the venue's, or may be.

    The venue says whole seconds, and its answer was true at some moment between question and
    answer: only what no such moment explains is called wrong. Raises Unreachable.
    """
    asked_ns = clock.now_ns()
    reply = await rest.read(PUBLIC, f"{addresses.clob}/time")
    reply.check_health("its time")
    try:
        said_ns = server_time(reply.status, reply.body)
    except WireError as error:
        return f"cannot read its time: {error}"
    behind_ns = said_ns - clock.now_ns()
    ahead_ns = asked_ns - (said_ns + SECOND)
    off_ns = max(behind_ns, ahead_ns)
    if off_ns <= most_ns:
        return ""
    way = "behind" if behind_ns > ahead_ns else "ahead of"
    return (
        f"this machine's clock is at least {off_ns / SECOND:.0f} s {way} the venue's; "
        "set it by NTP (timedatectl, chrony) and start again"
    )
