"""Segments follow one another within the budget, and a run can begin at any snapshot."""

import errno

import pytest

from pmio.journal import JournalError, JournalHead, JournalReader, JournalWriter
from tests.journal.anything import plain_records
from tests.journal.test_round_trip import read


def rotated(folder, run_id="r", count=200, budget=1 << 30, snapshot=True, segment=400):
    """A run of small segments; its snapshots are the number of records before them."""
    made = [0]
    frozen = (lambda: b"%d" % made[0]) if snapshot else None
    head = JournalHead(run_id=run_id)
    with JournalWriter(folder, head, segment, budget, snapshot=frozen) as journal:
        for event, effects in plain_records(count):
            made[0] += 1
            journal.append(event, effects)
            if made[0] % 5 == 0:
                journal.flush()
    return journal


def sizes(folder):
    return [path.stat().st_size for path in sorted(folder.iterdir())]


def test_segments_read_as_one_run(tmp_path):
    journal = rotated(tmp_path)
    assert len(sizes(tmp_path)) > 3
    records, reader = read(tmp_path)
    assert records == plain_records(200)
    assert reader.digest == journal.digest
    assert not reader.torn
    assert [path.name for path in reader.files] == sorted(p.name for p in tmp_path.iterdir())


def test_each_later_segment_begins_with_the_state_before_it(tmp_path):
    rotated(tmp_path)
    begins = [(batch.first, batch.frozen) for batch in JournalReader(tmp_path) if batch.frozen]
    assert len(begins) == len(sizes(tmp_path)) - 1
    assert all(frozen == b"%d" % (first - 1) for first, frozen in begins)


def test_budget_takes_the_oldest_and_never_the_current(tmp_path):
    budget = 2_000
    journal = rotated(tmp_path, count=1_000, budget=budget)
    assert sum(sizes(tmp_path)) <= budget
    names = sorted(path.name for path in tmp_path.iterdir())
    assert int(names[0][:8]) > 1
    records, reader = read(tmp_path)
    assert records == plain_records(1_000)[-len(records) :]
    assert reader.head.first == 1_000 - len(records) + 1
    assert next(iter(JournalReader(tmp_path))).frozen == b"%d" % (reader.head.first - 1)
    assert journal.events == 1_000


def test_budget_smaller_than_a_segment_keeps_the_current(tmp_path):
    rotated(tmp_path, budget=1)
    assert len(sizes(tmp_path)) == 1
    assert not read(tmp_path)[1].torn


def test_budget_leaves_other_files_alone(tmp_path):
    for name in ("notes.txt", "old.pmj", "123.pmj"):
        (tmp_path / name).write_bytes(b"x" * 5_000)
    rotated(tmp_path, budget=2_000)
    assert {"notes.txt", "old.pmj", "123.pmj"} <= {path.name for path in tmp_path.iterdir()}


def test_without_snapshot_a_run_whose_beginning_is_gone_is_refused(tmp_path):
    rotated(tmp_path, snapshot=False, budget=2_000, count=1_000)
    with pytest.raises(JournalError, match="begins with no snapshot"):
        read(tmp_path)


def test_missing_segment_in_the_middle_is_refused(tmp_path):
    rotated(tmp_path)
    sorted(tmp_path.iterdir())[1].unlink()
    with pytest.raises(JournalError, match="should follow"):
        read(tmp_path)


def test_torn_segment_in_the_middle_is_refused(tmp_path):
    rotated(tmp_path)
    path = sorted(tmp_path.iterdir())[1]
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(JournalError, match="has no end"):
        read(tmp_path)


def test_death_at_every_byte_of_a_rotation(tmp_path):
    rotated(tmp_path / "whole")
    files = sorted((tmp_path / "whole").iterdir())[:3]
    parts = [path.read_bytes() for path in files]
    before = len(read_of(tmp_path / "two", files[:2], parts[:2])[0])
    for cut in range(len(parts[2]) + 1):
        records, reader = read_of(tmp_path / "three", files, [*parts[:2], parts[2][:cut]])
        assert records == plain_records(len(records))
        assert len(records) >= before
        assert reader.torn


def read_of(folder, files, parts):
    folder.mkdir(exist_ok=True)
    for path, part in zip(files, parts, strict=True):
        (folder / path.name).write_bytes(part)
    return read(folder)


def test_runs_share_a_folder(tmp_path):
    rotated(tmp_path, "first", count=50)
    rotated(tmp_path, "second", count=70)
    assert len(read(tmp_path)[0]) == 70
    assert JournalReader(tmp_path).head.run_id == "second"
    assert sum(len(batch.events) for batch in JournalReader(tmp_path, "first")) == 50
    with pytest.raises(JournalError, match="no run third"):
        JournalReader(tmp_path, "third")


def test_runs_of_one_name_are_not_joined(tmp_path):
    # A folder of an older version may hold them: a run begins with its part 1, whatever its name.
    rotated(tmp_path, "same", count=50)
    rotated(tmp_path, "same", count=70)
    records, reader = read(tmp_path)
    assert records == plain_records(70)
    assert not reader.torn
    assert JournalReader(tmp_path, "same").files == reader.files


def test_crashed_run_before_another_is_still_read(tmp_path):
    journal = JournalWriter(tmp_path, JournalHead(run_id="first"))
    journal.append(*plain_records(1)[0])
    journal.flush()
    journal.abandon()
    rotated(tmp_path, "second", count=10)
    reader = JournalReader(tmp_path, "first")
    assert [len(batch.events) for batch in reader] == [1]
    assert reader.torn


def test_run_that_continues_a_state_begins_with_it(tmp_path):
    head = JournalHead(run_id="again", first=41)
    with JournalWriter(tmp_path, head, snapshot=lambda: b"forty") as journal:
        for event, effects in plain_records(2):
            journal.append(event, effects)
    batches = list(JournalReader(tmp_path))
    assert [(batch.first, batch.frozen) for batch in batches] == [(41, b"forty")]


def test_existing_file_is_not_overwritten(tmp_path):
    (tmp_path / "a.pmj").write_bytes(b"precious")
    with pytest.raises(JournalError, match="exists already"):
        JournalWriter(tmp_path / "a.pmj", JournalHead(run_id="r"))
    assert (tmp_path / "a.pmj").read_bytes() == b"precious"


def test_single_file_never_rotates(tmp_path):
    with JournalWriter(tmp_path / "a.pmj", JournalHead(run_id="r"), 10, 20) as journal:
        for event, effects in plain_records(2_000):
            journal.append(event, effects)
    assert [path.name for path in tmp_path.iterdir()] == ["a.pmj"]
    assert read(tmp_path / "a.pmj")[0] == plain_records(2_000)


class FullDisk:
    """A file that takes half of what it is given, once, and then nothing."""

    def __init__(self, file):
        self._file = file
        self.closed = False
        self._left = 1

    def write(self, content):
        if not self._left:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._left -= 1
        return self._file.write(bytes(content)[: len(content) // 2])

    def close(self):
        self.closed = True
        self._file.close()


def test_full_disk_stops_the_journal_for_good(tmp_path):
    path = tmp_path / "a.pmj"
    journal = JournalWriter(path, JournalHead(run_id="r"))
    records = plain_records(4)
    journal.append(*records[0])
    journal.flush()
    journal._segment._file = FullDisk(journal._segment._file)
    journal.append(*records[1])
    with pytest.raises(JournalError, match="No space left"):
        journal.flush()
    journal.append(*records[2])
    with pytest.raises(JournalError, match="begin a new journal"):
        journal.flush()
    found, reader = read(path)
    assert found == records[:1]
    assert reader.torn
    assert reader.dropped > 0


@pytest.mark.parametrize("folder", [False, True])
def test_a_journal_that_was_deleted_takes_nothing_more(tmp_path, folder):
    path = tmp_path / "journal"
    journal = JournalWriter(path, JournalHead(run_id="r"))
    records = plain_records(3)
    journal.append(*records[0])
    journal.flush()
    for file in path.iterdir():
        file.unlink()
    if folder:
        path.rmdir()
    journal.append(*records[1])
    with pytest.raises(JournalError, match="deleted while"):
        journal.flush()
    journal.append(*records[2])
    with pytest.raises(JournalError, match="begin a new journal"):
        journal.flush()


def test_short_writes_are_completed(tmp_path):
    path = tmp_path / "a.pmj"
    journal = JournalWriter(path, JournalHead(run_id="r"))

    class Slow:
        closed = False

        def __init__(self, file):
            self.file = file

        def write(self, content):
            return self.file.write(bytes(content)[:7])

        def close(self):
            self.file.close()

    journal._segment._file = Slow(journal._segment._file)
    journal.append(*plain_records(1)[0])
    journal.close()
    assert read(path)[0] == plain_records(1)


def test_fsync_and_clock_are_the_callers(tmp_path):
    head = JournalHead(run_id="r")
    with JournalWriter(tmp_path, head, clock=lambda: 77, fsync=True) as journal:
        journal.configured('{"b":2}')
        journal.append(*plain_records(1)[0])
    assert JournalReader(tmp_path).head.created_ns == 77
