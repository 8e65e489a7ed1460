"""Whatever is done to the bytes of a recording, the answer is a tape or one clear line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmio.tape import read_tape
from tests.tape import sources, test_bbo, test_chainlink_day, test_raw_session
from tests.tape.sources import lines, pm_tape

EDITS = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 3), st.binary(max_size=6)),
    min_size=1,
    max_size=4,
)


def damaged(content, edits):
    """Bytes replaced, removed and put in, here and there."""
    content = bytearray(content)
    for where, removed, added in edits:
        place = where % (len(content) + 1)
        content[place : place + removed] = added
    return bytes(content)


def chainlink_day(folder):
    day = test_chainlink_day
    prices = day.HEADER + day.price_row(day.T) + day.price_row(day.T + 1000)
    sources.put(folder / "prices", prices)
    sources.put(folder / "markets", lines(sources.gamma(), sources.gamma(sources.START + 300)))
    return ("chainlink-day", "--prices", folder / "prices", "--markets", folder / "markets")


def bbo(folder):
    sources.put(folder / "snapshots", test_bbo.SNAPSHOTS + test_bbo.shot() + test_bbo.shot())
    sources.put(folder / "candles", test_bbo.CANDLES + test_bbo.candle())
    return ("bbo", "--snapshots", folder / "snapshots", "--candles", folder / "candles")


def raw_session(folder):
    raw = test_raw_session
    rows = [
        raw.row("polymarket_clob", raw.book("btc-up")),
        raw.row("polymarket_clob", [raw.book("btc-down", event_type="book")]),
        raw.row("polymarket_clob", raw.change("btc-up")),
        raw.row("polymarket_rtds_chainlink", raw.update()),
        raw.row("binance", raw.trade()),
    ]
    sources.put(folder / "raw_messages.jsonl", lines(*rows))
    sources.put(folder / "markets.jsonl", lines(raw.listed()))
    return ("raw-session", folder)


@pytest.mark.parametrize("shape", [chainlink_day, bbo, raw_session])
def test_damage_is_a_tape_or_one_clear_line(shape, tmp_path_factory):
    folder = tmp_path_factory.mktemp(shape.__name__)
    words = shape(folder)
    whole = {path: path.read_bytes() for path in sorted(folder.iterdir())}
    out = tmp_path_factory.mktemp("out") / "x.tape"

    @given(which=st.integers(0, 1), edits=EDITS)
    def spoil(which, edits):
        path = list(whole)[which]
        path.write_bytes(damaged(whole[path], edits))
        result = pm_tape("import", *words, "--out", out)
        path.write_bytes(whole[path])
        if result.exit_code == 0:
            assert list(read_tape(out))
        else:
            assert result.exit_code == 2
            assert result.stderr.startswith("Error: ")
            assert str(folder) in result.stderr

    spoil()
    assert pm_tape("import", *words, "--out", out).exit_code == 0
