"""What goes in comes out, however it was cut into batches."""

import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmcore.effects import AnyEffect
from pmcore.events import AnyEvent
from pmio.journal import JournalHead, JournalReader, JournalWriter
from tests.journal.anything import RECORDS, kinds, plain_records

HEAD = JournalHead(run_id="r", config='{"a":1}')


def write(path, records, flushes=frozenset(), **options):
    with JournalWriter(path, HEAD, **options) as journal:
        for number, (event, effects) in enumerate(records):
            journal.append(event, effects)
            if number in flushes:
                journal.flush()
    return journal


def read(path):
    reader = JournalReader(path)
    records, number = [], reader.head.first
    for batch in reader:
        assert batch.first == number
        effects = dict(batch.effects())
        for event in batch.events:
            records.append((event, effects.pop(number, [])))
            number += 1
        assert effects == {}
    return records, reader


@given(records=RECORDS, flushes=st.frozensets(st.integers(0, 12)))
def test_records_come_back(tmp_path_factory, records, flushes):
    path = tmp_path_factory.mktemp("j") / "a.pmj"
    journal = write(path, records, flushes)
    found, reader = read(path)
    assert found == records
    assert not reader.torn
    assert reader.dropped == 0
    assert reader.digest == journal.digest == reader.foot.digest
    assert (reader.foot.events, reader.foot.last) == (len(records), True)
    assert reader.foot.effects == sum(len(effects) for _, effects in records)


@given(records=RECORDS, a=st.frozensets(st.integers(0, 12)), b=st.frozensets(st.integers(0, 12)))
def test_digest_does_not_depend_on_batches(tmp_path_factory, records, a, b):
    folder = tmp_path_factory.mktemp("j")
    first, second = write(folder / "a.pmj", records, a), write(folder / "b.pmj", records, b)
    assert first.digest == second.digest


def test_digest_depends_on_every_record(tmp_path):
    records = plain_records(6)
    digests = {write(tmp_path / "whole.pmj", records).digest}
    for left_out in range(6):
        fewer = records[:left_out] + records[left_out + 1 :]
        digests.add(write(tmp_path / f"{left_out}.pmj", fewer).digest)
    bare = [(event, []) for event, _ in records]
    digests.add(write(tmp_path / "bare.pmj", bare).digest)
    assert len(digests) == 8


def test_every_kind_has_a_tag_of_its_own():
    tags = [kind.__struct_config__.tag for kind in (*kinds(AnyEvent), *kinds(AnyEffect))]
    assert len(set(tags)) == len(tags)


def test_large_batches_are_flushed_unasked(tmp_path):
    with JournalWriter(tmp_path / "a.pmj", HEAD) as journal:
        for event, effects in plain_records(1_300):
            journal.append(event, effects)
            assert journal.pending < 512
        assert journal.events == 1_024
    assert read(tmp_path / "a.pmj")[0] == plain_records(1_300)


def test_same_records_give_the_same_bytes(tmp_path):
    for name in ("a.pmj", "b.pmj"):
        write(tmp_path / name, plain_records(40), {3, 17})
    assert (tmp_path / "a.pmj").read_bytes() == (tmp_path / "b.pmj").read_bytes()


def test_small_batches_compress_nearly_as_well_as_large_ones(tmp_path):
    records = plain_records(2_000)
    write(tmp_path / "large.pmj", records)
    write(tmp_path / "small.pmj", records, frozenset(range(0, 2_000, 4)))
    plain = sum(len(repr(record)) for record in records)
    assert (tmp_path / "large.pmj").stat().st_size < plain / 8
    assert (tmp_path / "small.pmj").stat().st_size < plain / 3


def test_head_is_kept(tmp_path):
    write(tmp_path / "a.pmj", [])
    reader = JournalReader(tmp_path / "a.pmj")
    assert list(reader) == []
    assert reader.head == HEAD


def test_no_event_or_effect_has_room_for_a_secret():
    secret = ("secret", "private", "password", "passphrase", "api_key", "signature", "mnemonic")
    fields = [
        f"{kind.__name__}.{name}"
        for kind in (*kinds(AnyEvent), *kinds(AnyEffect))
        for name in typing.get_type_hints(kind)
        if any(word in name for word in secret)
    ]
    assert fields == []


@pytest.mark.parametrize("twice", [False, True])
def test_closing_is_final(tmp_path, twice):
    journal = write(tmp_path / "a.pmj", plain_records(2))
    if twice:
        journal.close()
    assert journal.closed
    assert read(tmp_path / "a.pmj")[0] == plain_records(2)
