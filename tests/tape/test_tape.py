"""A tape gives back what was written, or says where it is damaged."""

import struct
import zlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmcore.events import MARKET_FACTS, Beat, OracleTicked
from pmio import tape
from pmio.tape import (
    TapeError,
    TapeMeta,
    merge_tapes,
    read_blocks,
    read_tape,
    tape_meta,
    tape_summary,
    write_tape,
)
from tests.tape.facts import FIELDS, META, T0, fact, heard, small_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tapes")


@pytest.fixture(scope="module")
def good(folder):
    write_tape(folder / "good.tape", small_run(), META)
    return (folder / "good.tape").read_bytes()


def read_all(path):
    return tape_meta(path), tape_summary(path), list(read_tape(path))


def test_every_kind_of_fact_is_tried():
    assert set(FIELDS) == set(MARKET_FACTS)


@given(facts=heard, size=st.integers(1, 7))
def test_what_is_written_is_read(folder, facts, size):
    path = folder / "round.tape"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tape, "FACTS_PER_BLOCK", size)
        summary = write_tape(path, iter(facts), META)
    meta, again, read = read_all(path)
    assert read == facts
    assert (meta, again) == (META, summary)
    assert summary.facts == len(facts) == sum(summary.kinds.values())
    assert summary.blocks == -(-len(facts) // size)
    assert (summary.first_ns, summary.last_ns) == (
        (facts[0].at_ns, facts[-1].at_ns) if facts else (0, 0)
    )


@given(st.lists(heard, max_size=4))
def test_tapes_merge_in_heard_order(folder, runs):
    paths = [folder / f"merge{number}.tape" for number in range(len(runs))]
    for path, facts in zip(paths, runs, strict=True):
        write_tape(path, facts, META)
    both = [fact for facts in runs for fact in facts]
    assert list(merge_tapes(paths)) == sorted(both, key=lambda fact: fact.at_ns)


@given(st.lists(fact, min_size=2, max_size=8))
def test_order_is_demanded(folder, facts):
    path = folder / "order.tape"
    times = [one.at_ns for one in facts]
    if times == sorted(times):
        write_tape(path, facts, META)
        assert list(read_tape(path)) == facts
    else:
        with pytest.raises(TapeError, match="ns before the fact in front of it"):
            write_tape(path, facts, META)


def test_same_facts_give_the_same_bytes(folder, good):
    write_tape(folder / "again.tape", small_run(), META)
    assert (folder / "again.tape").read_bytes() == good


def test_every_cut_is_noticed(folder, good):
    path = folder / "cut.tape"
    for length in range(len(good)):
        path.write_bytes(good[:length])
        with pytest.raises(TapeError) as caught:
            read_all(path)
        assert str(path) in str(caught.value)


def test_every_flipped_bit_is_noticed(folder, good):
    path = folder / "flip.tape"
    for place in range(len(good)):
        broken = bytearray(good)
        broken[place] ^= 1 << place % 8
        path.write_bytes(broken)
        with pytest.raises(TapeError):
            read_all(path)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_clearly(folder, noise):
    path = folder / "noise.tape"
    for content in (noise, tape.MAGIC + noise):
        path.write_bytes(content)
        with pytest.raises(TapeError):
            read_all(path)


def test_bytes_behind_the_end_are_noticed(folder, good):
    path = folder / "more.tape"
    path.write_bytes(good + b"\0")
    with pytest.raises(TapeError, match="torn"):
        tape_meta(path)


def head(schema, meta=META):
    payload = msgspec.json.encode(meta)
    start = struct.pack("<8sHHI", tape.MAGIC, tape.FORMAT, schema, len(payload))
    return start + struct.pack("<I", zlib.crc32(payload, zlib.crc32(start))) + payload


def test_another_schema_is_refused_by_its_number(folder, good):
    path = folder / "schema.tape"
    path.write_bytes(head(999) + good[len(head(1)) :])
    with pytest.raises(TapeError, match=r"schema 999.*import the tape again"):
        read_all(path)


def test_a_block_of_another_shape_is_refused(folder, good):
    payload = zlib.compress(msgspec.msgpack.encode([["Beat", T0]]))
    start = struct.pack("<4sII", b"FACT", 1, len(payload))
    part = start + struct.pack("<I", zlib.crc32(payload, zlib.crc32(start))) + payload
    foot = good[good.rindex(b"FOOT") : -16]
    body = head(1) + part
    path = folder / "shape.tape"
    path.write_bytes(body + foot + tape.END.pack(len(body), tape.MAGIC[::-1]))
    with pytest.raises(TapeError, match=r"block 1 of 1.*cannot be decoded"):
        read_all(path)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (Beat(T0), "Beat is not a market fact"),
        (OracleTicked(T0, 0, 0, 2**70), "correct the recording"),
        (OracleTicked(T0 - 1, 0, 0, 1), "1 ns before"),
    ],
)
def test_nothing_half_written_is_left(tmp_path, bad, said):
    path = tmp_path / "old.tape"
    path.write_bytes(b"the old one")
    with pytest.raises(TapeError, match=said):
        write_tape(path, [OracleTicked(T0, 0, 0, 1)] * 600 + [bad], META)
    assert [file.name for file in tmp_path.iterdir()] == ["old.tape"]
    assert path.read_bytes() == b"the old one"


def test_a_source_that_fails_leaves_nothing(tmp_path):
    def failing():
        yield OracleTicked(T0, 0, 0, 1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_tape(tmp_path / "x.tape", failing(), META)
    assert list(tmp_path.iterdir()) == []


def test_errors_name_file_place_and_remedy(tmp_path):
    with pytest.raises(TapeError) as caught:
        read_tape(tmp_path / "gone.tape")
    error = caught.value
    assert (error.path.name, error.place, error.remedy) == (
        "gone.tape",
        "opening",
        "check the tape's name",
    )
    with pytest.raises(TapeError, match="writing"):
        write_tape(tmp_path / "no folder" / "x.tape", [], META)
    with pytest.raises(TapeError, match="writing"):
        write_tape(tmp_path, small_run(), META)


def test_tapes_of_two_series_do_not_mix(tmp_path):
    paths = [tmp_path / "a.tape", tmp_path / "b.tape", tmp_path / "c.tape"]
    for path, prefix in zip(paths, ("btc-updown-15m", "", "btc-updown-5m"), strict=True):
        write_tape(path, small_run(), TapeMeta(source="test", prefix=prefix))
    assert len(list(merge_tapes(paths[:2]))) == 2 * len(small_run())
    assert list(merge_tapes([])) == []
    with pytest.raises(TapeError, match=r"c\.tape.*btc-updown-5m, those of a\.tape"):
        merge_tapes(paths)


def test_blocks_hold_a_bounded_number_of_facts(tmp_path):
    write_tape(tmp_path / "x.tape", [OracleTicked(T0, 0, 0, n) for n in range(1300)], META)
    assert [len(block) for block in read_blocks(tmp_path / "x.tape")] == [512, 512, 276]
