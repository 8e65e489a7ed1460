"""Discovery, quotes and texts into both databases, with a venue that fails now and then."""

import pytest

from pmio.ingest.discovery import Discovery
from pmio.ingest.quotes import Quotes
from pmio.ingest.rules import ASK_AGAIN_NS, RuleReader, RulesCount, parser_digest
from pmio.ingest.venue_client import VenueDown, VenueRefused
from tests.store.fake_venue import FakeVenue, HandClock, market_id
from tests.store.rows import HOUR, NOW, SECOND

SOON = NOW + HOUR
LATE = NOW + 300 * HOUR


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def venue(clock) -> FakeVenue:
    return FakeVenue(clock)


@pytest.fixture
def skips() -> list[object]:
    return []


@pytest.fixture
def discovery(store, venue, clock, skips) -> Discovery:
    return Discovery(venue, store, RuleReader(store), clock, skips.append)


async def status(store, number: int) -> str:
    return (await store.market_detail(market_id(number))).market.status


async def test_discovery_stores_markets_and_texts(store, discovery):
    count = await discovery.cycle()
    assert (count.seen, count.new, count.known, count.skipped, count.pages) == (5, 5, 0, 0, 3)
    assert count.rules == RulesCount(new=5)
    detail = await store.market_detail(market_id(3))
    assert detail.rules.text == "Text 3."
    assert detail.rules.parser == parser_digest()
    assert detail.market.url == "https://polymarket.com/event/rain/market-3"
    again = await discovery.cycle()
    assert (again.new, again.known, again.rules) == (0, 5, RulesCount(unchanged=5))


async def test_bad_object_is_counted_told_and_costs_nothing_else(discovery, venue, skips):
    venue.objects[1:1] = [{"conditionId": "0x12", "question": "Q"}, None]
    count = await discovery.cycle()
    assert (count.seen, count.new, count.skipped) == (7, 5, 2)
    assert [one.field for one in skips] == ["outcomes", "object"]


async def test_odd_fields_are_counted(discovery, venue):
    for obj in venue.objects[:3]:
        obj["volume"] = "many"
    assert (await discovery.cycle()).odd_fields == {"volume": 3}


async def test_changed_text_is_a_version(store, discovery, venue):
    await discovery.cycle()
    venue.objects[0]["description"] = "Text 1, amended."
    assert (await discovery.cycle()).rules == RulesCount(changed=1, unchanged=4)
    detail = await store.market_detail(market_id(1))
    assert [one.version for one in detail.versions] == [2, 1]
    assert detail.versions[0].diff.endswith("-Text 1.\n+Text 1, amended.")


async def test_market_that_is_no_longer_listed(store, discovery, venue, clock):
    await discovery.cycle()
    gone = venue.objects.pop(0)
    clock.now += SECOND
    assert (await discovery.cycle()).unlisted == 1
    assert await status(store, 1) == "unlisted"
    venue.objects.append(gone)
    clock.now += SECOND
    assert (await discovery.cycle()).unlisted == 0
    assert await status(store, 1) == "open"


async def test_broken_walk_goes_on_where_it_stopped(store, discovery, venue, clock):
    await discovery.cycle()
    venue.objects.pop(0)
    clock.now += SECOND
    venue.bad_pages = {"2"}
    with pytest.raises(VenueDown, match="page '2'"):
        await discovery.cycle()
    # A walk that did not reach its end says of nobody that he is gone.
    assert await status(store, 1) == "open"
    venue.bad_pages = set()
    venue.asked.clear()
    clock.now += SECOND
    assert (await discovery.cycle()).unlisted == 1
    assert venue.asked == [("markets", "2")]
    assert await status(store, 5) == "open"


async def test_refused_cursor_begins_anew(discovery, venue, monkeypatch):
    venue.bad_pages = {"2"}
    with pytest.raises(VenueDown):
        await discovery.cycle()
    fetch = venue.fetch_markets

    async def refuse(cursor):
        raise VenueRefused("old cursor")

    monkeypatch.setattr(venue, "fetch_markets", refuse)
    with pytest.raises(VenueRefused):
        await discovery.cycle()
    monkeypatch.setattr(venue, "fetch_markets", fetch)
    venue.bad_pages = set()
    assert (await discovery.cycle()).pages == 3


async def test_forgotten_cursor_costs_no_cycle(store, discovery, venue, clock):
    venue.bad_pages = {"4"}
    with pytest.raises(VenueDown):
        await discovery.cycle()
    venue.bad_pages, venue.forgotten = set(), {"4"}
    del venue.objects[0]
    clock.now += SECOND
    count = await discovery.cycle()
    assert (count.pages, count.new, count.known) == (2, 1, 3)
    # What the walk before had seen does not count: this one began anew.
    assert (count.unlisted, await status(store, 1)) == (1, "unlisted")


async def test_list_that_goes_round_in_circles_is_no_end(store, discovery, venue, clock):
    await discovery.cycle()
    clock.now += SECOND
    venue.circle = "2"
    with pytest.raises(VenueRefused, match="does not end"):
        await discovery.cycle()
    assert await status(store, 5) == "open"
    venue.circle = ""
    assert (await discovery.cycle()).unlisted == 0


async def test_empty_list_does_not_unlist_everything(store, discovery, venue, clock):
    await discovery.cycle()
    clock.now += SECOND
    objects, venue.objects = venue.objects, []
    with pytest.raises(VenueRefused, match="lists no market at all"):
        await discovery.cycle()
    assert await status(store, 1) == "open"
    venue.objects = objects
    assert (await discovery.cycle()).known == 5


async def test_only_open_markets_of_the_window_are_quoted(store, discovery, venue, clock):
    venue.objects += [
        venue.objects[0] | {"conditionId": market_id(90), "closed": True},
        venue.objects[0] | {"conditionId": market_id(91), "endDate": "2099-01-01T00:00:00Z"},
        venue.objects[0] | {"conditionId": market_id(92), "endDate": None},
        venue.objects[0] | {"conditionId": market_id(93), "endDate": "2020-01-01T00:00:00Z"},
    ]
    await discovery.cycle()
    count = await Quotes(venue, store, clock, batch=2).cycle(SOON, LATE)
    assert (count.asked, count.quoted, count.stored, count.failed) == (5, 5, 5, 0)
    asked = sorted(key for what, *keys in venue.asked if what == "quotes" for key in keys)
    assert asked == [market_id(n) for n in range(1, 6)]


async def test_failing_batch_costs_only_its_markets(store, discovery, venue, clock):
    await discovery.cycle()
    venue.bad_quotes = {market_id(2)}
    count = await Quotes(venue, store, clock, batch=2).cycle(SOON, LATE)
    assert (count.asked, count.quoted, count.failed, count.fault) == (5, 3, 2, "no")
    assert (await store.market_detail(market_id(2))).quote is None
    assert (await store.market_detail(market_id(5))).quote is not None


async def test_round_without_any_answer_is_an_outage(store, discovery, venue, clock):
    await discovery.cycle()
    quotes = Quotes(venue, store, clock)
    await quotes.cycle(SOON, LATE)
    venue.down = True
    with pytest.raises(VenueDown, match="away"):
        await quotes.cycle(SOON, LATE)
    assert (await store.market_detail(market_id(1))).quote is not None


async def test_nothing_to_quote_is_no_outage(store, venue, clock):
    venue.down = True
    assert (await Quotes(venue, store, clock).cycle(SOON, LATE)).asked == 0


async def test_texts_that_did_not_come_are_asked_for_once(store, venue, clock, discovery):
    for obj in venue.objects:
        del obj["description"]
    assert (await discovery.cycle()).rules == RulesCount()
    reader = RuleReader(store)
    venue.texts = {market_id(1): "One.", market_id(2): "Two."}
    count = await reader.ask(venue, clock, LATE, 100)
    assert count == RulesCount(new=2, absent=3)
    venue.asked.clear()
    assert await reader.ask(venue, clock, LATE, 100) == RulesCount()
    assert venue.asked == []
    clock.now += ASK_AGAIN_NS
    venue.texts[market_id(3)] = "Three."
    assert await reader.ask(venue, clock, LATE, 100) == RulesCount(new=1, absent=2)
    assert (await store.market_detail(market_id(3))).rules.text == "Three."


async def test_few_texts_at_a_time(store, venue, clock, discovery):
    for obj in venue.objects:
        del obj["description"]
    await discovery.cycle()
    reader = RuleReader(store)
    venue.texts = {market_id(n): f"{n}." for n in range(1, 6)}
    assert await reader.ask(venue, clock, LATE, 2) == RulesCount(new=2)
    assert await reader.ask(venue, clock, LATE, 2) == RulesCount(new=2)
    assert await reader.ask(venue, clock, LATE, 2) == RulesCount(new=1)


async def test_outage_among_texts_keeps_what_came(store, venue, clock, discovery, monkeypatch):
    for obj in venue.objects:
        del obj["description"]
    await discovery.cycle()
    asked: list[str] = []

    async def fetch(key: str) -> str:
        asked.append(key)
        if len(asked) > 2:
            raise VenueDown("away")
        return "Text."

    monkeypatch.setattr(venue, "fetch_rules", fetch)
    with pytest.raises(VenueDown):
        await RuleReader(store).ask(venue, clock, LATE, 100)
    assert len(await store.rules_known(asked)) == 2


async def test_another_reader_reads_all_texts_again(store, discovery, monkeypatch):
    from pmio.ingest import rules

    await discovery.cycle()
    reader = RuleReader(store)
    assert await reader.read_again(NOW) == RulesCount()
    monkeypatch.setattr(rules, "parser_digest", lambda: "another")
    assert await reader.read_again(NOW) == RulesCount(read_again=5)
    assert await reader.read_again(NOW) == RulesCount()
    assert (await store.market_detail(market_id(1))).rules.parser == "another"
