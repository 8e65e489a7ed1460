"""A process may die at any byte: what was written whole is read, and nothing is made up."""

import pytest

from pmio.journal import JournalError, JournalHead, JournalReader, JournalWriter
from tests.journal.anything import plain_records
from tests.journal.test_round_trip import read

HEAD = JournalHead(run_id="r")


@pytest.fixture
def written(tmp_path):
    """A journal of four batches that was never closed, and where each of its frames ends."""
    path = tmp_path / "a.pmj"
    journal = JournalWriter(path, HEAD)
    ends = [path.stat().st_size]
    for number, (event, effects) in enumerate(plain_records(12), 1):
        journal.append(event, effects)
        if number % 3 == 0:
            journal.flush()
            ends.append(path.stat().st_size)
    journal.abandon()
    return path, ends


def test_cut_at_every_byte(written):
    path, ends = written
    content = path.read_bytes()
    for cut in range(len(content) + 1):
        path.write_bytes(content[:cut])
        if cut < ends[0]:
            with pytest.raises(JournalError, match=r"torn inside its head|not a journal"):
                read(path)
            continue
        whole = max(end for end in ends if end <= cut)
        records, reader = read(path)
        assert records == plain_records(3 * ends.index(whole))
        assert reader.torn
        assert reader.dropped == cut - whole


def test_flipped_byte_anywhere_in_the_last_frame_costs_that_frame_only(written):
    path, ends = written
    content = path.read_bytes()
    for at in range(ends[-2], len(content)):
        path.write_bytes(content[:at] + bytes([content[at] ^ 0x41]) + content[at + 1 :])
        records, reader = read(path)
        assert records == plain_records(9)
        assert (reader.torn, reader.dropped) == (True, ends[-1] - ends[-2])


def test_flipped_byte_before_the_last_frame_is_refused(written):
    path, ends = written
    content = path.read_bytes()
    for at in range(ends[-2]):
        path.write_bytes(content[:at] + bytes([content[at] ^ 0x41]) + content[at + 1 :])
        with pytest.raises(JournalError) as refusal:
            read(path)
        assert refusal.value.path == path
        assert refusal.value.offset <= at
        assert "delete" not in refusal.value.remedy


def test_missing_middle_is_refused_and_the_remedy_works(written):
    path, ends = written
    content = path.read_bytes()
    path.write_bytes(content[: ends[1]] + content[ends[2] :])
    with pytest.raises(JournalError) as refusal:
        read(path)
    assert f"truncate -s {ends[1]}" in refusal.value.remedy
    path.write_bytes(content[: ends[1]])
    assert read(path)[0] == plain_records(3)


def test_anything_behind_the_foot_is_refused(tmp_path):
    path = tmp_path / "a.pmj"
    JournalWriter(path, HEAD).close()
    with path.open("ab") as file:
        file.write(b"x")
    with pytest.raises(JournalError, match="behind the foot"):
        read(path)


def test_closed_journal_that_lost_its_foot_has_all_its_records(tmp_path):
    path = tmp_path / "a.pmj"
    with JournalWriter(path, HEAD) as journal:
        for event, effects in plain_records(3):
            journal.append(event, effects)
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    records, reader = read(path)
    assert records == plain_records(3)
    assert reader.torn


def test_foot_of_another_journal_is_noticed(tmp_path):
    contents = []
    for count in (3, 4):
        path = tmp_path / f"{count}.pmj"
        journal = JournalWriter(path, HEAD)
        for event, effects in plain_records(count):
            journal.append(event, effects)
        journal.flush()
        size = path.stat().st_size
        journal.close()
        contents.append((path.read_bytes()[:size], path.read_bytes()[size:]))
    path = tmp_path / "mixed.pmj"
    path.write_bytes(contents[0][0] + contents[1][1])
    with pytest.raises(JournalError, match="digest"):
        list(JournalReader(path))


@pytest.mark.parametrize("content", [b"nonsense", b"\x89PMTAPE\n" + b"\0" * 40])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "a.pmj"
    path.write_bytes(content)
    with pytest.raises(JournalError, match="not a journal"):
        JournalReader(path)


def test_another_schema_is_refused_by_number(tmp_path, monkeypatch):
    path = tmp_path / "a.pmj"
    monkeypatch.setattr("pmio.journal_frame.SCHEMA", 999)
    JournalWriter(path, HEAD).close()
    with pytest.raises(JournalError, match=r"schema 999.*version of the program"):
        JournalReader(path)


def test_journal_that_is_not_there(tmp_path):
    with pytest.raises(JournalError, match="No such file"):
        JournalReader(tmp_path / "gone.pmj")
    with pytest.raises(JournalError, match="holds no segments"):
        JournalReader(tmp_path)
