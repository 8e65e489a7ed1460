"""`pm venue`: a Polymarket on localhost."""

import signal
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click
import msgspec
import trio

from pmapp.backtest_options import Finite
from pmapp.local_venue.flow import Source, natural, taped
from pmapp.local_venue.flow import still as silence
from pmapp.local_venue.host import TrioClock, start
from pmapp.local_venue.terms import MIXED, PROTOCOLS, TIERS, VenueTerms
from pmapp.local_venue.venue import Venue
from pmapp.refused import Refused
from pmcore.events import AnyEvent, MarketListed
from pmcore.units import MICRO, SECOND, Cash, Ns
from pmio.tape import TapeError, read_tape, tape_meta


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65_500),
    default=0,
    show_default=True,
    help="First of eight ports; 0 picks free ones.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of market and ids.")
@click.option(
    "--faucet",
    type=Finite(0, 1e9),
    default=10_000.0,
    show_default=True,
    metavar="USD",
    help="What every new key's wallet is given.",
)
@click.option(
    "--speed",
    type=Finite(0.01, 1000.0),
    default=1.0,
    show_default=True,
    metavar="X",
    help="Venue seconds per second; at 1 its clock is the wall clock.",
)
@click.option(
    "--tape",
    type=click.Path(path_type=Path),
    help="Recorded facts in place of synthetic ones; moved to the present window, repeated.",
)
@click.option(
    "--rate",
    type=Finite(0.0, 500.0),
    default=1.0,
    show_default=True,
    help="Multiplies the synthetic market's changes and trades; 1 is about 40 facts/s.",
)
@click.option(
    "--protocol",
    type=click.Choice(PROTOCOLS),
    default=MIXED,
    show_default=True,
    help="v1: order domain 2; v2: Protocol V2, order domain 3; mixed: in turns.",
)
@click.option(
    "--tier",
    type=click.Choice(list(TIERS)),
    default="Standard",
    show_default=True,
    help="Rate tier of every signer.",
)
@click.option("--still", is_flag=True, help="No flow: books are what clients and the admin make.")
@click.option(
    "--start",
    "start_s",
    type=click.IntRange(1_500_000_000, 4_000_000_000),
    default=None,
    metavar="UNIX",
    help="Begin at this time instead of the present, for runs that can be repeated.",
)
def venue(
    port: int,
    speed: float,
    tape: Path | None,
    rate: float,
    still: bool,
    start_s: int | None,
    faucet: float,
    **terms: Any,
) -> None:
    """Serve Gamma, CLOB, websockets, price feeds, Data API and relayer on 127.0.0.1.

    The first line of output is one JSON object with all addresses, printed when everything can be
    asked. Stop it with SIGINT or SIGTERM. docs/venue.md describes endpoints and faults.
    """
    asked = VenueTerms(faucet=Cash(round(faucet * MICRO)), **terms)
    try:
        if tape is not None:
            asked, source = _taped(tape, asked)
        else:
            source = silence if still else natural(asked, rate)
        trio.run(partial(_run, asked, source, port, speed, start_s))
    except TapeError as error:
        raise Refused(str(error)) from None
    except OSError as error:
        raise Refused(f"port {port}: {error.strerror or error}") from None


def _taped(path: Path, terms: VenueTerms) -> tuple[VenueTerms, Source]:
    """The terms of a tape's series, and its facts."""
    prefix = tape_meta(path).prefix or terms.prefix
    width = terms.window_s
    for fact in read_tape(path):
        if isinstance(fact, MarketListed):
            width = (fact.terms.end_ns - fact.terms.start_ns) // SECOND
            break

    def facts() -> Iterator[AnyEvent]:
        return iter(read_tape(path))

    return msgspec.structs.replace(terms, prefix=prefix, window_s=width), taped(facts, width)


async def _run(
    terms: VenueTerms, source: Source, port: int, speed: float, start_s: int | None
) -> None:
    """Serve until a signal comes."""
    base_ns = Ns(time.time_ns() if start_s is None else start_s * SECOND)

    def made(clock: TrioClock) -> Venue:
        return Venue(terms, clock, source)

    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        host = start(made, base_ns, speed)
        bound = await host.bind(port)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(host.run)
            addresses = host.listen(nursery, bound)
            sys.stdout.write(msgspec.json.encode(addresses).decode() + "\n")
            sys.stdout.flush()
            async for _ in signals:
                break
            nursery.cancel_scope.cancel()
