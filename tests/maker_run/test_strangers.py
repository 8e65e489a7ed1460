"""Whatever a library or Python itself says becomes a line without secrets."""

import io
import json
import logging
import sys
import warnings

import pytest

from pmapp.maker_run.run_log import RunLog
from pmapp.maker_run.strangers import Lines, told_to
from pmio.secrets import Scrubber, Secret

SECRET = "tell-nobody"


@pytest.fixture
def stream():
    return io.StringIO()


@pytest.fixture
def log(stream):
    made = RunLog("info", stream)
    made.hide(Scrubber((Secret("key", SECRET),)))
    return made


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_records_warnings_and_finalisers_are_lines(log, stream, capsys):
    class Careless:
        def __del__(self):
            raise ValueError(f"{SECRET} in a finaliser")

    with told_to(log):
        logging.getLogger("library").warning("sent %s", SECRET)
        logging.getLogger("library").info("not told")
        try:
            raise OSError(f"at {SECRET}")
        except OSError:
            logging.getLogger("library").exception("failed")
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(f"{SECRET} is deprecated", stacklevel=1)
        Careless()
    told = lines(stream)
    assert [line["event"] for line in told] == ["stranger"] * 4
    assert [line["level"] for line in told] == ["warning", "error", "warning", "error"]
    assert [line["logger"] for line in told] == ["library", "library", "py.warnings", "python"]
    assert SECRET not in stream.getvalue()
    assert "Traceback" in told[1]["exception"]
    assert "ValueError" in told[3]["exception"]
    assert SECRET not in capsys.readouterr().err


def test_a_record_that_cannot_be_formatted_is_told_all_the_same(log, stream):
    record = logging.LogRecord("library", logging.ERROR, "", 1, "%d of %d", ("many",), None)
    Lines(log).emit(record)
    assert "%d of %d" in lines(stream)[0]["text"]


def test_afterwards_everything_is_as_before(log):
    before = (list(logging.getLogger().handlers), sys.unraisablehook, warnings.showwarning)
    with told_to(log):
        pass
    after = (list(logging.getLogger().handlers), sys.unraisablehook, warnings.showwarning)
    assert before == after
