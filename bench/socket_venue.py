"""`python -m bench.socket_venue LOAD`: the local venue as busy as LOAD (JSON) says.

Prints the venue's addresses as its first line, as `pm venue` does, and stops with its standard
input. Its clock begins shortly before a window, so that the window's strike is seen.
"""

import sys

import msgspec
import trio

from bench.socket_flow import Load, busy
from pmapp.local_venue.host import start
from pmapp.local_venue.terms import VenueTerms
from pmapp.local_venue.venue import Venue
from pmcore.units import MICRO, SECOND, Cash, Ns

WINDOW_S = 1_800_000_000
BEFORE_S = 12
SEED = 1
OUTBOX = 1_000_000
"""The venue may itself be late under load; what it says then is not the fault of the reader."""


async def serve(load: Load) -> None:
    """Serve until the standard input ends."""
    terms = VenueTerms(seed=SEED, faucet=Cash(10_000 * MICRO), outbox_frames=OUTBOX)
    host = start(
        lambda clock: Venue(terms, clock, lambda now: busy(load, SEED, terms.window_s, now)),
        Ns((WINDOW_S - BEFORE_S) * SECOND),
    )
    bound = await host.bind()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(host.run)
        addresses = host.listen(nursery, bound)
        sys.stdout.write(msgspec.json.encode(addresses).decode() + "\n")
        sys.stdout.flush()
        await trio.to_thread.run_sync(sys.stdin.read, abandon_on_cancel=True)
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    trio.run(serve, msgspec.json.decode(sys.argv[1], type=Load))
