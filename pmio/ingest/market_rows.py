"""Listings as the rows that are stored."""

from typing import Final

from pmcore.wire.gamma_sweep import Listing
from pmio.store.rows import MarketRow, OutcomeRow

PAGE_URL: Final = "https://polymarket.com"


def market_row(listing: Listing, venue: str, seen_ns: int) -> MarketRow:
    """The row of one listing."""
    searched = " ".join((listing.title, listing.event_title, listing.slug)).casefold()
    return MarketRow(
        market_id=listing.market_id,
        venue=venue,
        venue_ref=listing.venue_ref,
        slug=listing.slug,
        title=listing.title,
        search_text=searched,
        url=_url(listing),
        category=listing.category,
        event_id=listing.event_id,
        event_title=listing.event_title,
        status=listing.status,
        accepting=int(listing.accepting),
        neg_risk=int(listing.neg_risk),
        neg_risk_group=listing.neg_risk_group,
        close_time_ns=listing.close_ns,
        listed_ns=listing.listed_ns,
        tick_bp=listing.tick,
        min_size=listing.min_size,
        fee_rate_ppm=listing.fees.rate_ppm,
        fee_exponent=None if listing.fees.rate_ppm is None else listing.fees.exponent,
        fee_price_weighted=int(listing.fees.price_weighted),
        resolution_source=listing.resolution_source,
        liquidity_usd=listing.liquidity_usd,
        volume_usd=listing.volume_usd,
        seen_ns=seen_ns,
    )


def outcome_rows(listing: Listing) -> list[OutcomeRow]:
    """The rows of its outcomes, in the venue's order."""
    return [
        OutcomeRow(listing.market_id, place, side.name, side.token_id, side.price)
        for place, side in enumerate(listing.sides)
    ]


def _url(listing: Listing) -> str:
    """The market's page; slugs are made of letters, digits and dashes, others lead nowhere."""
    slugs = [slug for slug in (listing.event_slug, listing.slug) if slug]
    plain = all(slug.replace("-", "").replace("_", "").isalnum() for slug in slugs)
    if not slugs or not plain or not "".join(slugs).isascii():
        return ""
    if listing.event_slug and listing.slug and listing.event_slug != listing.slug:
        return f"{PAGE_URL}/event/{listing.event_slug}/{listing.slug}"
    return f"{PAGE_URL}/event/{slugs[0]}"
