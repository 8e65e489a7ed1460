"""The live client against a venue in memory: paging, books, retries, and when it gives up."""

import json
from collections.abc import Sequence
from itertools import pairwise

import pytest
import trio

from pmio.ingest.breaker import OPEN
from pmio.ingest.polymarket import PolymarketClient, PolymarketOptions
from pmio.ingest.venue_client import VenueDown, VenueRefused
from pmio.memory_network import MemoryNetwork
from pmio.pacing import BOOK, GAMMA
from tests.ingest.http_venue import Answering, HttpVenue
from tests.ingest.objects import gamma
from tests.ingest.test_books import book

NOW = 1_790_000_000_000_000_000
OPTIONS = PolymarketOptions(
    gamma_url="http://gamma.local", clob_url="http://clob.local", books_at_once=4, attempts=3
)
TOKENS = {"m1": ("11", "12"), "m2": ("21", "22"), "m3": ("31", "32"), "bare": ("", "")}


async def tokens(ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    return {key: TOKENS[key] for key in ids if key in TOKENS}


class Bench:
    """A client and its venue."""

    def __init__(self, nursery: trio.Nursery, answering: Answering, **options: object) -> None:
        self.network = MemoryNetwork(nursery)
        self.venue = HttpVenue(self.network, answering)
        self.venue.listen("gamma.local", "clob.local")
        self.client = PolymarketClient(self.network, tokens, lambda: NOW, OPTIONS)

    @property
    def asked(self) -> list[tuple[str, str, dict[str, str], bytes]]:
        return self.venue.asked


async def test_pages_until_there_is_no_cursor(nursery, autojump_clock):
    pages = {
        "": {"markets": [gamma(1), gamma(2)], "next_cursor": "two"},
        "two": {"markets": [gamma(3), {}], "next_cursor": None},
    }
    bench = Bench(nursery, lambda *asked: (200, pages[asked[2].get("after_cursor", "")]))
    first = await bench.client.fetch_markets("")
    second = await bench.client.fetch_markets(first.next_cursor)
    assert [one.venue_ref for one in first.listings + second.listings] == ["1", "2", "3"]
    assert len(second.skips) == 1
    assert second.next_cursor == ""
    assert [asked[:3] for asked in bench.asked] == [
        ("GET", "/markets/keyset", {"limit": "100", "closed": "false"}),
        ("GET", "/markets/keyset", {"limit": "100", "closed": "false", "after_cursor": "two"}),
    ]
    await bench.client.aclose()


async def test_books_in_batches(nursery, autojump_clock):
    def answering(method, path, query, body):
        wanted = [one["token_id"] for one in json.loads(body)]
        assert (method, path) == ("POST", "/books")
        assert len(wanted) <= 4
        known = [token for token in wanted if token not in ("21", "22", "32")]
        return 200, [book(token, [("0.94", "5")], [("0.95", "7")]) for token in known] + [None]

    bench = Bench(nursery, answering)
    batch = await bench.client.fetch_quotes(["m1", "m2", "m3", "bare", "unknown"])
    assert [one.market_id for one in batch.quotes] == ["m1", "m3"]
    assert batch.quotes[0].as_of_ns == NOW
    assert (batch.quotes[0].yes_ask_bp, batch.quotes[1].no_ask_bp) == (9_500, 600)
    assert batch.missing == (("m2", "no book"), ("bare", "no tokens"), ("unknown", "no tokens"))
    assert len(bench.asked) == 2
    await bench.client.aclose()


async def test_bad_book_is_missing_with_its_reason(nursery, autojump_clock):
    bench = Bench(nursery, lambda *_: (200, [book("11", [("7", "1")], [])]))
    batch = await bench.client.fetch_quotes(["m1"])
    assert batch.quotes == ()
    assert batch.missing[0][0] == "m1"
    assert "price" in batch.missing[0][1]
    await bench.client.aclose()


async def test_rules_of_one_market(nursery, autojump_clock):
    bench = Bench(nursery, lambda *asked: (200, [gamma(5)] if "condition_ids" in asked[2] else []))
    assert await bench.client.fetch_rules(f"0x{5:064x}") == "It resolves to Yes if it rains."
    assert await bench.client.fetch_rules("gamma-id:9") is None
    assert [asked[2] for asked in bench.asked] == [{"condition_ids": f"0x{5:064x}"}, {"id": "9"}]
    await bench.client.aclose()


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_busy_venue_is_asked_again(nursery, autojump_clock, status):
    answers = iter([(status, {}), (status, {}), (200, [])])
    bench = Bench(nursery, lambda *_: next(answers))
    assert (await bench.client.fetch_markets("")).listings == ()
    assert len(bench.asked) == 3
    await bench.client.aclose()


async def test_venue_says_how_long_to_wait(nursery, autojump_clock):
    answers = iter([(429, {}, {"retry-after": "7"}), (200, [])])
    bench = Bench(nursery, lambda *_: next(answers))
    began = trio.current_time()
    await bench.client.fetch_markets("")
    assert 7.0 <= trio.current_time() - began < 9.0
    await bench.client.aclose()


async def test_pauses_grow_and_are_jittered(nursery, autojump_clock):
    """Between tries: doubled each time, and no two programs in step."""
    seen: set[tuple[float, ...]] = set()
    at: list[float] = []

    def busy(*_: object) -> tuple[int, object]:
        at.append(trio.current_time())
        return 503, {}

    bench = Bench(nursery, busy)
    for _ in range(4):
        at.clear()
        with pytest.raises(VenueDown, match="HTTP 503"):
            await bench.client.fetch_markets("")
        first, second = (later - earlier for earlier, later in pairwise(at))
        assert 0.5 <= first <= 1.0 + 1e-3
        assert 1.0 <= second <= 1.5 + 1e-3
        seen.add((first, second))
    assert len(seen) == 4
    await bench.client.aclose()


async def test_silence_ends_at_the_deadline(nursery, autojump_clock):
    bench = Bench(nursery, lambda *_: None)
    began = trio.current_time()
    with pytest.raises(VenueDown, match="no answer in 10 s"):
        await bench.client.fetch_markets("")
    assert 30.0 <= trio.current_time() - began < 50.0
    assert len(bench.asked) == 3
    await bench.client.aclose()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 301])
async def test_refusal_is_not_repeated(nursery, autojump_clock, status):
    bench = Bench(nursery, lambda *_: (status, {"error": "x"}))
    with pytest.raises(VenueRefused, match=f"HTTP {status}"):
        await bench.client.fetch_markets("")
    assert len(bench.asked) == 1
    await bench.client.aclose()


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"error":"x"}', b"[" * 5_000])
async def test_body_that_makes_no_sense_is_a_refusal(nursery, autojump_clock, body):
    bench = Bench(nursery, lambda *_: (200, body))
    with pytest.raises(VenueRefused):
        await bench.client.fetch_markets("")
    with pytest.raises(VenueRefused):
        await bench.client.fetch_quotes(["m1"])
    with pytest.raises(VenueRefused):
        await bench.client.fetch_rules("m1")
    await bench.client.aclose()


async def test_breaker_opens_for_one_service_and_closes_again(nursery, autojump_clock):
    bench = Bench(nursery, lambda *_: (200, []))
    bench.network.down.add(("gamma.local", 80))
    for _ in range(5):
        with pytest.raises(VenueDown):
            await bench.client.fetch_markets("")
    assert bench.client.breakers[GAMMA].state == OPEN
    began = trio.current_time()
    with pytest.raises(VenueDown, match="not asked"):
        await bench.client.fetch_markets("")
    assert trio.current_time() == began
    # The books are at another address, and still there.
    assert (await bench.client.fetch_quotes(["m1"])).missing
    assert bench.client.breakers[BOOK].failures == 0
    bench.network.down.clear()
    await trio.sleep(20.0)
    assert (await bench.client.fetch_markets("")).listings == ()
    await bench.client.aclose()
