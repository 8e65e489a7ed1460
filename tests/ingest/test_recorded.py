"""Recordings as a venue: nothing of the future is seen, whatever moment is asked for."""

import json
from pathlib import Path

import pytest
import trio

from pmcore.units import SECOND
from pmio.ingest.as_of_clock import AsOfClock
from pmio.ingest.recorded import LISTED_NS, RecordedClient
from pmio.ingest.recorded_captures import recording_of
from pmio.ingest.recorded_parquet import RecordingError, crypto_captures
from pmio.ingest.venue_client import VenueRefused
from tests.ingest.captures import BEGIN, MINUTE, capture, write
from tests.ingest.objects import gamma
from tests.recordings import shared_data


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    capture(tmp_path, 0, [gamma(1, bestAsk=0.95), gamma(2), {"bad": 1}])
    capture(tmp_path, 10, [gamma(1, bestAsk=0.96, question="Still?"), gamma(3, bestBid=0)])
    rows = [{"conditionId": "0xAB", "raw": {"description": "A text."}}, {"conditionId": "y"}, 5]
    write(tmp_path / "rules" / "a.jsonl.gz", "\n".join(map(json.dumps, rows)).encode())
    question = {"id": "0xcd", "background": "A question."}
    write(tmp_path / "forecastbench" / "questions.jsonl.gz", json.dumps(question).encode())
    return tmp_path


async def listed(client: RecordedClient) -> list[str]:
    seen, cursor = [], ""
    while True:
        page = await client.fetch_markets(cursor)
        seen += [one.venue_ref for one in page.listings]
        cursor = page.next_cursor
        if not cursor:
            return seen


async def test_only_the_past_is_seen(folder):
    recording = recording_of(folder)
    now = BEGIN - 1
    client = RecordedClient(recording, lambda: now)
    ids = [f"0x{n:064x}" for n in (1, 2, 3)]
    assert await listed(client) == []
    assert {reason for _, reason in (await client.fetch_quotes(ids)).missing} == {
        "not captured yet"
    }
    now = BEGIN
    assert await listed(client) == ["1", "2"]
    assert [one.yes_ask_bp for one in (await client.fetch_quotes(ids)).quotes] == [9_500, 8_400]
    now = BEGIN + 10 * MINUTE
    assert await listed(client) == ["1", "2", "3"]
    quotes = (await client.fetch_quotes(ids)).quotes
    assert [one.yes_ask_bp for one in quotes] == [9_600, 8_400, 8_400]
    assert [one.as_of_ns - BEGIN for one in quotes] == [10 * MINUTE, 0, 10 * MINUTE]
    assert quotes[2].yes_bid_bp is None
    assert (await client.fetch_markets("")).listings[0].title == "Still?"
    now = BEGIN + 1 + LISTED_NS
    assert await listed(client) == ["1", "3"]


async def test_skips_are_told_once(folder):
    client = RecordedClient(recording_of(folder), lambda: BEGIN)
    assert [one.field for one in (await client.fetch_markets("")).skips] == ["outcomes"]
    assert (await client.fetch_markets("100")).skips == ()
    with pytest.raises(VenueRefused):
        await client.fetch_markets("x")


async def test_texts(folder):
    client = RecordedClient(recording_of(folder), lambda: BEGIN)
    assert await client.fetch_rules("0xab") == "A text."
    assert await client.fetch_rules("0xcd") == "A question."
    assert await client.fetch_rules(f"0x{1:064x}") == ""
    assert await client.fetch_rules("unknown") is None


async def test_unknown_markets_have_no_quotes(folder):
    client = RecordedClient(recording_of(folder), lambda: BEGIN)
    assert (await client.fetch_quotes(["x"])).missing == (("x", "not recorded"),)


async def test_clock_moves_on_and_stops_at_the_end(autojump_clock):
    clock = AsOfClock(100 * SECOND, 250 * SECOND, speed=10.0)
    assert clock.now_ns() == 100 * SECOND
    await clock.sleep(50.0)
    assert clock.now_ns() == 150 * SECOND
    assert trio.current_time() - int(trio.current_time()) >= 0
    clock.step(20.0)
    assert clock.now_ns() == 170 * SECOND
    await trio.sleep(1_000.0)
    assert clock.now_ns() == 250 * SECOND


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("gamma_snapshots_1/markets-1.json.gz", b"{"),
        ("gamma_snapshots_1/markets-1.json.gz", b'{"data": {}}'),
        ("gamma_snapshots_1/markets-1.json.gz", b'{"captured_at": "x", "data": {"markets": []}}'),
        ("rules/a.jsonl.gz", b"{"),
        ("rules/a.jsonl.gz", b"{}"),
    ],
)
def test_damaged_recording_is_named(tmp_path, name, content):
    write(tmp_path / name, content)
    with pytest.raises(RecordingError):
        recording_of(tmp_path)


def test_folder_without_recordings(tmp_path):
    with pytest.raises(RecordingError, match="holds none of"):
        recording_of(tmp_path)


async def test_real_recordings():
    recording = recording_of(shared_data("data", "B_markets"))
    now = recording.start_ns
    client = RecordedClient(recording, lambda: now)
    ids = []
    cursor = ""
    while True:
        page = await client.fetch_markets(cursor)
        ids += [one.market_id for one in page.listings]
        cursor = page.next_cursor
        if not cursor:
            break
    assert len(ids) > 500
    assert len(set(ids)) == len(ids)
    batch = await client.fetch_quotes(ids)
    assert len(batch.quotes) == len(ids)
    assert all(now - LISTED_NS <= one.as_of_ns <= now for one in batch.quotes)


def test_a_market_that_two_recordings_tell_of_keeps_the_quotes_of_both():
    """The rules and the captures of one market lie in different files."""
    root = shared_data("data", "B_markets")
    markets = recording_of(root).markets
    seen = 0
    for file in sorted(root.glob("crypto_snapshots_*/*.parquet")):
        for listing, columns, _ in crypto_captures(file):
            if listing is not None:
                moments = markets[listing.market_id].columns[0]
                assert set(columns[0]) <= set(moments)
                assert sorted(moments) == list(moments)
                seen += 1
    assert seen > 500
