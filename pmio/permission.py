"""Whether we may trade at all: asked before a live run, and refused where the venue says no."""

from typing import Final

import msgspec

from pmio.addresses import Addresses
from pmio.pacing import AUTH, PUBLIC
from pmio.rest import Rest, Sign


class _Geoblock(msgspec.Struct):
    blocked: bool
    country: str = ""
    region: str = ""


class _Closed(msgspec.Struct):
    closed_only: bool


_GEOBLOCK: Final = msgspec.json.Decoder(_Geoblock)
_CLOSED: Final = msgspec.json.Decoder(_Closed)


async def refusal(rest: Rest, addresses: Addresses, sign: Sign) -> str:
    """Why this account or this place may not trade; "" if nothing speaks against it.

    An answer that says neither is a refusal too: trading where it is not allowed cannot be undone.
    Raises Unreachable where nobody answers, or somebody who is ill.
    """
    try:
        if addresses.geoblock:
            reply = await rest.read(PUBLIC, addresses.geoblock)
            reply.check_health("geoblock")
            if reply.status != 200:
                return f"geoblock: HTTP {reply.status}"
            where = _GEOBLOCK.decode(reply.body)
            if where.blocked:
                return f"geoblocked: {where.country[:2]} {where.region[:8]}".strip()
        url = f"{addresses.clob}/auth/ban-status/closed-only"
        reply = await rest.read(AUTH, url, sign=sign)
        reply.check_health("closed-only")
        if reply.status != 200:
            return f"closed-only: HTTP {reply.status}"
        if _CLOSED.decode(reply.body).closed_only:
            return "the account may only close positions"
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return "cannot read whether we may trade"
    return ""
