"""The Gamma service: markets and events by slug, lists by offset and by cursor (section 7)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any, Final

from pmapp.local_venue.gamma_shapes import event_object, market_object
from pmapp.local_venue.http import Answer, Request, error, ok
from pmapp.local_venue.listing import Listed
from pmcore.ids import UP
from pmcore.sim.pit import UNSETTLED

if TYPE_CHECKING:
    from pmapp.local_venue.venue import Venue

NOT_FOUND: Final = error(404, "slug not found")
OFFSET_MAX: Final = 2000
KEYSET_MAX: Final = 100
"""`limit` of a keyset page since 2026-05-14."""


def _object(venue: "Venue", listed: Listed, kind: str) -> dict[str, Any]:
    up = venue.board.book(listed.market.id, UP)
    found = event_object(listed, up) if kind == "events" else market_object(listed, up)
    text = venue.faults.texts.get(listed.market.slug)
    return found if text is None else found | {"description": text}


def by_slug(venue: "Venue", request: Request, kind: str, slug: str) -> Answer:
    """`/markets/slug/{slug}`, `/events/slug/{slug}`."""
    listed = venue.listings.by_slug.get(slug)
    if listed is None or slug in venue.faults.unlisted:
        return NOT_FOUND
    return ok(_object(venue, listed, kind))


def by_id(venue: "Venue", request: Request, kind: str, name: str) -> Answer:
    """`/markets/{id}`."""
    for listed in venue.listings.by_start.values():
        if name == listed.gamma_id:
            return ok(_object(venue, listed, kind))
    return error(404, "id not found")


def _wanted(venue: "Venue", request: Request) -> list[Listed]:
    """Listed markets that a query asks for; "`closed` defaults to false since 2026-04-09"."""
    query = request.query
    closed = query.get("closed", "false") == "true"
    tokens = query.get("clob_token_ids", "")
    conditions = query.get("condition_ids", "")
    slug = query.get("slug", "")
    return [
        listed
        for listed in venue.listings.by_start.values()
        if (slug in ("", listed.market.slug))
        and listed.market.slug not in venue.faults.unlisted
        and (not tokens or any(token in tokens.split(",") for token in listed.market.tokens))
        and (not conditions or listed.market.condition_id in conditions.split(","))
        and (slug or tokens or conditions or (listed.payout_up != UNSETTLED) == closed)
    ]


def listed_page(venue: "Venue", request: Request, kind: str) -> Answer:
    """`/markets`, `/events`: an array, by offset."""
    offset = _number(request, "offset", 0)
    if offset > OFFSET_MAX:
        return error(422, "offset too large, use /markets/keyset")
    limit = min(_number(request, "limit", 20), 500)
    found = _wanted(venue, request)[offset : offset + limit]
    return ok([_object(venue, listed, kind) for listed in found])


def keyset_page(venue: "Venue", request: Request, kind: str) -> Answer:
    """`/markets/keyset`, `/events/keyset`: a page and the cursor of the next one."""
    limit = max(1, min(_number(request, "limit", 20), KEYSET_MAX))
    try:
        after = int(urlsafe_b64decode(request.query.get("after_cursor", "") or "MA=="))
    except ValueError:
        return error(400, "invalid cursor")
    found = [listed for listed in _wanted(venue, request) if int(listed.gamma_id) > after]
    found.sort(key=lambda listed: int(listed.gamma_id))
    page: dict[str, Any] = {kind: [_object(venue, listed, kind) for listed in found[:limit]]}
    if len(found) > limit:
        last = found[limit - 1].gamma_id
        page["next_cursor"] = urlsafe_b64encode(last.encode()).decode()
    return ok(page)


def geoblock(venue: "Venue", request: Request) -> Answer:
    """`/api/geoblock`, which the real venue serves beside its website (section 10)."""
    country = venue.faults.blocked_in
    shown = country or "IE"
    return ok({"blocked": bool(country), "ip": "127.0.0.1", "country": shown, "region": ""})


def _number(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default
