"""Where the venue is: the hosts of its services, as one value.

`POLYMARKET` is the real one; a local venue prints its own (`pm venue`).
"""

from typing import Final

import msgspec


class Addresses(msgspec.Struct, frozen=True, kw_only=True):
    """Scheme and host of each service, without a slash at the end; sockets with their paths."""

    clob: str
    gamma: str
    ws_market: str
    ws_user: str
    rtds: str
    data: str = ""
    relayer: str = ""
    polybolt: str = ""
    geoblock: str = ""
    """The whole address; "" where there is none, as only a venue on this machine may for live."""


POLYMARKET: Final = Addresses(
    clob="https://clob.polymarket.com",
    gamma="https://gamma-api.polymarket.com",
    data="https://data-api.polymarket.com",
    relayer="https://relayer-v2.polymarket.com",
    ws_market="wss://ws-subscriptions-clob.polymarket.com/ws/market",
    ws_user="wss://ws-subscriptions-clob.polymarket.com/ws/user",
    rtds="wss://ws-live-data.polymarket.com",
    polybolt="wss://ws-live-v2.polymarket.com/ws",
    geoblock="https://polymarket.com/api/geoblock",
)


class AddressError(ValueError):
    """A text that names no venue."""


def addresses_of(body: bytes) -> Addresses:
    """The addresses in a JSON object such as a local venue prints; other keys are left alone."""
    try:
        return msgspec.json.decode(body, type=Addresses)
    except msgspec.MsgspecError as error:
        raise AddressError(f"not the addresses of a venue: {error}") from None
