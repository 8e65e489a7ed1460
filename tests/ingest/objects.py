"""Market objects for ingest tests: one of each of the venue's forms."""

CONDITION = "0x" + "ab" * 32
GAMMA = {
    "id": "5308512",
    "question": "Will it rain?",
    "conditionId": CONDITION,
    "slug": "will-it-rain",
    "endDate": "2026-10-05T23:15:00Z",
    "startDate": "2026-10-04T23:08:46.486981Z",
    "updatedAt": "2026-10-05T23:05:56.999139Z",
    "description": "It resolves to Yes if it rains.",
    "outcomes": '["Yes", "No"]',
    "outcomePrices": '["0.905", "0.095"]',
    "clobTokenIds": '["11", "22"]',
    "active": True,
    "closed": False,
    "archived": False,
    "enableOrderBook": True,
    "acceptingOrders": True,
    "negRisk": True,
    "negRiskMarketID": "0x99",
    "orderPriceMinTickSize": 0.001,
    "orderMinSize": 5,
    "liquidityNum": 18191.2606,
    "volume": "12.5",
    "bestBid": 0.83,
    "bestAsk": 0.84,
    "resolutionSource": "https://example.org",
    "feesEnabled": True,
    "feeType": "weather_fees_v2",
    "feeSchedule": {"exponent": 1, "rate": 0.07, "takerOnly": True, "rebateRate": 0.2},
    "events": [{"id": "77", "slug": "rain", "title": " Rain ", "tags": [{"slug": "weather"}]}],
    "umaResolutionStatuses": "[]",
}
CLOB = {
    "condition_id": CONDITION,
    "question": "Will it rain?",
    "market_slug": "will-it-rain",
    "end_date_iso": "2026-10-05T00:00:00Z",
    "active": True,
    "closed": False,
    "archived": False,
    "enable_order_book": True,
    "accepting_orders": False,
    "neg_risk": False,
    "minimum_tick_size": 0.01,
    "minimum_order_size": 15,
    "description": "It rains.",
    "tokens": [
        {"token_id": "11", "outcome": "Chiefs", "price": 1, "winner": True},
        {"token_id": "22", "outcome": "Raiders", "price": 0, "winner": False},
    ],
    "tags": ["Sports", "All"],
}
ROW = {
    "id": "516712",
    "condition_id": None,
    "question": "Tether insolvent?",
    "description": "A text.",
    "outcomes": '"[\\"Yes\\", \\"No\\"]"',
    "volume": 206811.085743,
    "active": 1,
    "closed": 0,
    "end_date": 1767182400000,
    "created_at": "2025-10-15 00:26:00",
}


def gamma(number: int, **changes: object) -> dict[str, object]:
    """A Gamma object of its own identity."""
    own = {
        "id": str(number),
        "conditionId": f"0x{number:064x}",
        "slug": f"market-{number}",
        "clobTokenIds": f'["{number}1", "{number}2"]',
    }
    return GAMMA | own | changes
