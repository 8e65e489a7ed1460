"""One owner at a time, and only the account that began a journal continues it."""

import json
from collections.abc import Sequence
from io import StringIO
from typing import Any

import pytest

from pmapp.maker_run.journal_folder import JournalFolder, Owner
from pmapp.maker_run.preparation import tell_recovered
from pmapp.maker_run.run_log import RunLog
from pmapp.refused import NotYet, Refused
from pmcore.config import Config
from pmcore.events import Beat, KillAsked, RunOpened, StopAsked
from pmcore.state import new_state
from pmcore.step import step
from pmcore.units import SECOND, Cash, Ns

SERIES = Config().trading.slug_prefix
OURS = Owner("live", "0xaa", Cash(7))


class Fixed:
    """A clock that stands."""

    def __init__(self, now_s: int) -> None:
        self.now_s = now_s

    def now_ns(self) -> Ns:
        return Ns(self.now_s * SECOND)


def recorded(folder: JournalFolder, more: Sequence[Any] = ()):
    state = new_state()
    writer = folder.writer("run-1", "live", Config(), state, Fixed(100))
    events = [RunOpened(Ns(90 * SECOND), "run-1", "live")]
    events += [Beat(Ns((91 + n) * SECOND)) for n in range(3)]
    events += more
    for event in events:
        writer.append(event, step(state, event))
    writer.flush()
    writer.abandon()
    return state


def test_a_folder_is_held_by_one_process_at_a_time(tmp_path):
    first = JournalFolder(tmp_path)
    with pytest.raises(Refused, match="another `pm maker`"):
        JournalFolder(tmp_path)
    first.release()
    JournalFolder(tmp_path).release()


def test_the_first_base_is_kept_by_those_who_continue(tmp_path):
    folder = JournalFolder(tmp_path)
    assert folder.claim(OURS, continued=False) == OURS
    later = Owner("live", "0xaa", Cash(9))
    assert folder.claim(later, continued=True) == OURS
    assert folder.claim(later, continued=False) == later
    folder.release()


@pytest.mark.parametrize("other", [Owner("live", "0xbb", Cash(7)), Owner("paper", "", Cash(7))])
def test_a_journal_of_another_account_is_refused(tmp_path, other):
    folder = JournalFolder(tmp_path)
    folder.claim(OURS, continued=False)
    recorded(folder)
    with pytest.raises(Refused, match="another account"):
        folder.claim(other, continued=True)
    folder.release()


def test_a_journal_that_nobody_has_claimed_is_refused(tmp_path):
    folder = JournalFolder(tmp_path)
    recorded(folder)
    with pytest.raises(Refused, match=r"without account\.json"):
        folder.claim(OURS, continued=True)
    folder.release()


def test_what_was_recorded_is_continued(tmp_path):
    folder = JournalFolder(tmp_path)
    assert folder.recovered(Fixed(200), SERIES) is None
    state = recorded(folder)
    found = folder.recovered(Fixed(200), SERIES)
    assert found is not None
    assert found.state.seq == state.seq
    assert not found.state.cash_known
    again = folder.writer("run-2", "live", Config(), found.state, Fixed(200))
    again.close()
    assert len(list(tmp_path.glob("*.pmj"))) == 2
    folder.release()


def test_a_journal_of_another_series_is_refused_with_both_names(tmp_path):
    folder = JournalFolder(tmp_path)
    recorded(folder)
    with pytest.raises(Refused, match=f"series {SERIES}, .* eth-updown-15m .*another --journal"):
        folder.recovered(Fixed(200), "eth-updown-15m")
    assert folder.recovered(Fixed(200), SERIES) is not None
    folder.release()


def test_a_journal_from_the_future_is_left_until_its_time_has_come(tmp_path):
    """With its time the state's would stand: no price is new, and no deadline ever comes."""
    folder = JournalFolder(tmp_path)
    recorded(folder, [Beat(Ns(3_700 * SECOND))])
    with pytest.raises(NotYet, match=r"3,600 s ahead .*timedatectl"):
        folder.recovered(Fixed(100), SERIES)
    assert folder.recovered(Fixed(3_650), SERIES) is not None
    folder.release()


@pytest.mark.parametrize("stopped", [False, True])
def test_a_kill_that_outlived_a_crash_is_told_and_one_that_was_resumed_is_not(tmp_path, stopped):
    folder = JournalFolder(tmp_path)
    more = [StopAsked(Ns(99 * SECOND))] if stopped else []
    recorded(folder, [KillAsked(Ns(98 * SECOND), "bad dream"), *more])
    found = folder.recovered(Fixed(200), SERIES)
    folder.release()
    stream = StringIO()
    tell_recovered(RunLog("info", stream), found)
    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    alerts = [(line["level"], line["reason"]) for line in told if line["event"] == "still_killed"]
    assert alerts == ([] if stopped else [("error", "operator: bad dream")])


def test_afresh_takes_away_what_was_recorded(tmp_path):
    folder = JournalFolder(tmp_path)
    folder.claim(OURS, continued=False)
    recorded(folder)
    folder.ops.write_text("{}")
    folder.release()
    folder = JournalFolder(tmp_path, afresh=True)
    assert not folder.begun
    assert not folder.ops.exists()
    assert folder.recovered(Fixed(200), SERIES) is None
    folder.release()


def test_what_cannot_be_a_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match="choose another --journal"):
        JournalFolder(tmp_path / "file")


def test_a_damaged_owner_is_refused(tmp_path):
    (tmp_path / "account.json").write_text("{")
    folder = JournalFolder(tmp_path)
    with pytest.raises(Refused, match=r"account\.json"):
        folder.claim(OURS, continued=False)
    folder.release()
