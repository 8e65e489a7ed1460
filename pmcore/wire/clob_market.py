"""The CLOB's compact market: the terms that the matching engine itself uses.

Gamma lists a market, but its tick, delay and reward age may lag or be missing there; this is the
form to trust (`pmcore.wire.gamma.with_clob_terms` puts the two together). Source: venue
reference, section 3.5.
"""

from decimal import Decimal
from typing import Final

import msgspec

from pmcore.market import FeeTerms, RewardTerms
from pmcore.units import Ns, Price, Shares
from pmcore.wire.frames import FAULTS, WireError, fault, ok_body, scaled


class _Token(msgspec.Struct, gc=False):
    t: str
    o: str


class _Fee(msgspec.Struct, gc=False):
    r: Decimal = Decimal(0)
    e: Decimal = Decimal(1)
    to: bool = True


class _Rewards(msgspec.Struct, gc=False):
    mi: Decimal = Decimal(0)
    ma: Decimal = Decimal(0)
    moas: Decimal = Decimal(0)


class _ClobMarket(msgspec.Struct, gc=False):
    c: str
    t: list[_Token]
    mts: Decimal
    mos: Decimal
    ao: bool = False
    nr: bool = False
    itode: bool = False
    sd: Decimal = Decimal(0)
    fd: _Fee | None = None
    r: _Rewards | None = None
    v: str = "v1"


class ClobTerms(msgspec.Struct, frozen=True, gc=False):
    """`/clob-markets/{condition}`: the terms that the matching engine itself uses."""

    condition_id: str
    tokens: tuple[tuple[str, str], ...]
    """(token id, outcome name)"""
    tick: Price
    min_size: Shares
    fees: FeeTerms
    rewards: RewardTerms
    taker_delayed: bool
    """`itode`: marketable orders are held for the taker delay."""
    seconds_delay_ns: Ns
    """`sd`: the sports delay, 0 for crypto."""
    accepting: bool
    neg_risk: bool
    order_version: int


_MARKET: Final = msgspec.json.Decoder(_ClobMarket)


def clob_market(status: int, body: bytes) -> ClobTerms:
    """`GET /clob-markets/{condition}` as typed terms."""
    try:
        got = ok_body(status, body, _MARKET)
        if got.v not in ("v1", "v2"):
            raise WireError("unknown protocol version", got.v[:40])
        # Without `fd` a market charges nothing: fees are "takers only" by the schedule there.
        fees = FeeTerms() if got.fd is None else _fees(got.fd)
        rewards = got.r or _Rewards()
        return ClobTerms(
            got.c,
            tuple((token.t, token.o) for token in got.t),
            Price(scaled(got.mts, 4, "mts")),
            Shares(scaled(got.mos, 6, "mos")),
            fees,
            RewardTerms(
                Shares(scaled(rewards.mi, 6, "r.mi")),
                Price(scaled(rewards.ma, 2, "r.ma")),  # cents of a dollar -> basis points
                Ns(scaled(rewards.moas, 9, "r.moas")),
            ),
            got.itode,
            Ns(scaled(got.sd, 9, "sd")),
            got.ao,
            got.nr,
            3 if got.v == "v2" else 2,
        )
    except (WireError, *FAULTS) as error:
        raise fault(error, body) from None


def _fees(fee: _Fee) -> FeeTerms:
    """The fee object of a compact market; it does not carry the makers' share."""
    if not fee.to and fee.r:
        raise WireError("fd.to: makers pay here too")
    return FeeTerms(scaled(fee.r, 6, "fd.r"), scaled(fee.e, 0, "fd.e"), False, 10, 0)
