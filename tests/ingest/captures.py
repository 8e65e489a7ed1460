"""Recordings of the market list made for a test: captures in a folder, named as recorded."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pmcore.units import SECOND
from tests.ingest.objects import gamma
from tests.store.fake_venue import iso

BEGIN = int(datetime(2026, 10, 1, 12, tzinfo=UTC).timestamp()) * SECOND
MINUTE = 60 * SECOND


def write(file: Path, content: bytes) -> None:
    """A gzipped file, with the folders above it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(content))


def capture(folder: Path, minute: int, markets: list[object]) -> None:
    """The whole list as it was `minute` minutes after `BEGIN`."""
    at = datetime.fromtimestamp((BEGIN + minute * MINUTE) / SECOND, UTC)
    document = {"captured_at": at.isoformat().replace("+00:00", "Z"), "data": {"markets": markets}}
    name = f"markets-{minute:03}.json.gz"
    write(folder / "gamma_snapshots_2026" / name, json.dumps(document).encode())


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Two captures of three markets that close a day later."""
    closes = iso(BEGIN + 1_440 * MINUTE)
    for minute in (0, 2):
        markets = [
            gamma(n, endDate=closes, bestBid=0.95, bestAsk=0.96, description=f"Text {n}.")
            for n in (1, 2, 3)
        ]
        capture(tmp_path / "recording", minute, markets)
    return tmp_path / "recording"
