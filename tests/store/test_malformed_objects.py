"""Whatever the venue lists goes through discovery into both databases: kept, or skipped by name."""

import random
from typing import Any

from pmcore.wire.gamma_sweep import Page, listings_of
from pmio.ingest.discovery import Discovery
from pmio.ingest.rules import RuleReader
from tests.ingest.objects import CLOB, ROW, gamma
from tests.store.fake_venue import FakeVenue, HandClock, market_id

ODD: list[Any] = [
    None, True, False, 0, 1, -1, 2**63, -(2**63), 2**70, 1e308, 0.1 + 0.2, "", " ", "0", "-1",
    "NaN", "Infinity", "1e400", "9" * 400, "null", "[]", "{}", "[\"Yes\"]", "[\"Yes\", \"Yes\"]",
    "[\"a\", \"b\", \"c\"]", "[1, 2]", "[null, null]", "[[\"Yes\"], [\"No\"]]", "[", "\\",
    "\x00", "a\x00b", "\ud800", "\U0001f600" * 50, "\u202e\u0301", "x" * 5_000, "0x", "0xzz",
    "2026-13-45", "2026-10-05", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", 1e18,
    [], {}, [None], [[]], [{}], ["Yes", "No"], ["11", "22"], [11, 22], {"a": {"b": []}},
    [{"id": None, "tags": [None, {"slug": 5}]}], {"rate": "x"}, {"rate": -1, "exponent": 1e9},
]  # fmt: skip
GOOD = 900_000
"""Numbers of the markets that are as they should be."""


def mangled(draw: random.Random, number: int) -> Any:
    """A market object with a few fields that are odd, missing or of another form."""
    obj: Any = dict(draw.choice((gamma(number), gamma(number), CLOB, ROW)))
    for _ in range(draw.randrange(0, 4)):
        name = draw.choice(list(obj) or ["id"])
        if draw.random() < 0.2:
            del obj[name]
        else:
            obj[name] = draw.choice(ODD)
    return obj if draw.random() < 0.95 else draw.choice(ODD)


class MangledVenue(FakeVenue):
    """Lists whatever it is given, and good markets between."""

    def __init__(self, clock: HandClock, seed: int, pages: int) -> None:
        super().__init__(clock)
        draw = random.Random(seed)
        self.pages = [
            [gamma(GOOD + page), *(mangled(draw, page * 20 + n) for n in range(19))]
            for page in range(pages)
        ]

    async def fetch_markets(self, cursor: str) -> Page:
        at = int(cursor or 0)
        listings, skips = listings_of(self.pages[at])
        return Page(listings, skips, str(at + 1) if at + 1 < len(self.pages) else "")


async def test_nothing_is_lost_and_every_skip_is_told(store):
    clock, skips = HandClock(), []
    venue = MangledVenue(clock, seed=5, pages=60)
    discovery = Discovery(venue, store, RuleReader(store), clock, skips.append)
    count = await discovery.cycle()
    assert count.seen == 1_200
    assert count.seen == count.new + count.known + count.skipped
    assert count.skipped == len(skips) > 100
    assert all(skip.field and skip.reason for skip in skips)
    assert len({skip.field for skip in skips}) > 5
    # The good ones beside them are all there, with outcomes and text.
    for page in range(60):
        detail = await store.market_detail(market_id(GOOD + page))
        assert [one.name for one in detail.outcomes] == ["Yes", "No"]
        assert detail.rules.text == "It resolves to Yes if it rains."
    # What is stored is what the counts say, and a second look changes nothing.
    stored = await store.database.read(lambda tx: tx.rows("SELECT count(*) FROM markets")[0][0])
    again = await discovery.cycle()
    assert again.new == 0
    assert (again.known + again.skipped, again.rules.new) == (1_200, 0)
    assert count.new == stored
