"""Where a run trades: the real venue, one that is started here, or one whose addresses are told.

--venue polymarket      the real one
--venue local           a `pm venue` in this process, on free ports, gone with it
--venue FILE            the line that a `pm venue` has printed
"""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
import trio

from pmapp.local_venue.flow import natural
from pmapp.local_venue.host import start
from pmapp.local_venue.terms import VenueTerms
from pmapp.local_venue.venue import Venue
from pmapp.refused import Refused
from pmcore.config import Config
from pmcore.units import Cash, Ns
from pmcore.wire.contracts import POLYGON
from pmio.addresses import POLYMARKET, AddressError, Addresses, addresses_of
from pmio.clock import Clock, TrioClock, WallClock
from pmio.network import Network
from pmio.pacing import PUBLIC, Pacing
from pmio.rest import Rest, Unreachable

REAL: Final = "polymarket"
LOCAL: Final = "local"
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
LINE_MAX: Final = 65_536


class Place(msgspec.Struct, frozen=True):
    """A venue and what is known of it before it is asked."""

    name: str
    addresses: Addresses
    admin: str = ""
    """Address of a local venue's admin service; "" at the real one."""
    speed: float = 1.0
    """Venue seconds per second."""
    chain_id: int = POLYGON

    @property
    def local(self) -> bool:
        """Whether everything that is traded there is play money on this machine."""
        return bool(self.admin) and all(_on_loopback(url) for url in _urls(self))


class _More(msgspec.Struct):
    """What a local venue's line says besides its addresses."""

    admin: str = ""
    speed: float = 1.0
    chain_id: int = POLYGON


class _Now(msgspec.Struct):
    now_ns: int


_REAL: Final = Place(REAL, POLYMARKET)


def place_of(venue: str, speed: float) -> Place | None:
    """The place of a `--venue`; None for one that is still to be started. Raises Refused."""
    if venue == REAL:
        return _REAL
    if venue == LOCAL:
        return None
    path = Path(venue)
    try:
        with path.open("rb") as file:
            line = file.readline(LINE_MAX)
        more = msgspec.json.decode(line, type=_More)
        if not 0.01 <= more.speed <= 1_000:
            raise AddressError(f"its speed is {more.speed:g}")
        place = Place(str(path), addresses_of(line), more.admin, more.speed, more.chain_id)
    except OSError as error:
        remedy = f"{REAL}, {LOCAL}, or the file that holds the line of `pm venue`"
        raise Refused(f"--venue {venue}: {error.strerror or error}; give {remedy}") from None
    except (AddressError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        remedy = "its first line must be what `pm venue` prints first"
        raise Refused(f"--venue {venue}: {error}; {remedy}") from None
    if speed not in (1.0, place.speed):
        raise Refused(f"--speed {speed:g}: that venue runs at {place.speed:g}")
    return place


async def begin_local(
    nursery: trio.Nursery, config: Config, seed: int, faucet: Cash, base_ns: Ns, rate: float
) -> Place:
    """Start a local venue in `nursery`, with the windows that the configuration names.

    It lives on Trio's clock, as the run beside it does, so an accelerated clock moves both.
    """
    trading = config.trading
    terms = VenueTerms(
        seed=seed, faucet=faucet, prefix=trading.slug_prefix, window_s=trading.window_seconds
    )
    host = start(lambda clock: Venue(terms, clock, natural(terms, rate)), base_ns)
    bound = await host.bind()
    nursery.start_soon(host.run)
    told = host.listen(nursery, bound)
    return Place(LOCAL, addresses_of(msgspec.json.encode(told)), told.admin, 1.0, told.chain_id)


async def clock_of(place: Place, network: Network) -> Clock:
    """The wall at the real venue; at a local one its own time, from now on by Trio's clock.

    While it is asked, Trio's clock goes at the wall's pace. Raises Refused when a local venue does
    not answer.
    """
    if not place.admin:
        return WallClock()
    rest = Rest(network, Pacing(), WallClock().now_ns)
    try:
        asked = trio.current_time()
        reply = await rest.read(PUBLIC, f"{place.admin}/clock")
        now_ns = msgspec.json.decode(reply.body, type=_Now).now_ns
        took_ns = round((trio.current_time() - asked) / 2 * place.speed * 1e9)
    except Unreachable as error:
        remedy = "start `pm venue`, and give the line that it prints"
        raise Refused(f"--venue {place.name}: {error.text}; {remedy}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Refused(f"--venue {place.name}: its clock cannot be read") from None
    finally:
        await rest.aclose()
    return TrioClock(now_ns + took_ns)


def _urls(place: Place) -> list[str]:
    urls = [place.admin, *msgspec.structs.astuple(place.addresses)]
    return [url for url in urls if url]


def _on_loopback(url: str) -> bool:
    return urlsplit(url).hostname in LOOPBACK
