"""The rule text of a market in the scanner's database, for `pm sweep explain MARKET_ID`."""

import trio

from pmapp.refused import Refused
from pmio.store.database import StoreUnavailable
from pmio.store.migrating import SchemaMismatch, revision_of, revisions
from pmio.store.opening import database_at
from pmio.store.opportunities import MarketDetail, market_detail
from pmio.store.place import Place, PlaceError, place_of


def stored_text(address: str, market_id: str) -> tuple[str, str]:
    """Title and rule text of a market, by its id, slug or the venue's number. Raises Refused.

    Nothing is written: a database that is not there is not made.
    """
    try:
        place = place_of(address)
        detail = _detail(place, market_id)
    except (PlaceError, SchemaMismatch, StoreUnavailable) as error:
        raise Refused(str(error)) from None
    if detail is None:
        raise Refused(f"{market_id}: not among the markets in {place.shown}")
    if detail.rules is None:
        raise Refused(f"{market_id}: its rule text is not in {place.shown} yet: pm sweep ingest")
    return detail.market.title, detail.rules.text


def _detail(place: Place, market_id: str) -> MarketDetail | None:
    if place.path is not None and not place.path.is_file():
        raise Refused(f"{place.shown}: no such file; pm sweep run fills it, or give --data DIR")
    if revision_of(place) != revisions()[-1]:
        raise Refused(f"{place.shown}: of an older version; pm sweep database --upgrade")

    async def read() -> MarketDetail | None:
        database = database_at(place)
        try:
            return await database.read(lambda tx: market_detail(tx, market_id))
        finally:
            await database.aclose()

    return trio.run(read)
