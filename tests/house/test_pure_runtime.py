"""The world is out of reach inside `forbidden_world`, and back afterwards."""

import builtins
import datetime
import logging
import os
import random
import socket
import threading
import time
import uuid

import numpy as np
import pytest

from tests.house.forbidden import ForbiddenError, forbidden_world

TOUCHES = {
    "time": lambda: time.time(),
    "time_ns": lambda: time.time_ns(),
    "monotonic": lambda: time.monotonic(),
    "perf_counter_ns": lambda: time.perf_counter_ns(),
    "sleep": lambda: time.sleep(0),
    "random": lambda: random.random(),
    "shuffle": lambda: random.shuffle([1, 2]),
    "system random": lambda: random.SystemRandom().random(),
    "numpy": lambda: np.random.normal(),
    "numpy generator": lambda: np.random.default_rng(),
    "urandom": lambda: os.urandom(1),
    "uuid": lambda: uuid.uuid4(),
    "environ": lambda: os.environ["PATH"],
    "environ get": lambda: os.environ.get("PATH"),
    "environ in": lambda: "PATH" in os.environ,
    "getenv": lambda: os.getenv("PATH"),
    "open": lambda: open(os.devnull),
    "builtins": lambda: builtins.open(os.devnull),
    "print": lambda: print(),
    "socket": lambda: socket.socket(),
    "thread": lambda: threading.Thread(target=int).start(),
    "log": lambda: logging.getLogger("pm").warning("said"),
}


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES.keys())
def test_touch_is_forbidden(touch):
    with forbidden_world(), pytest.raises(ForbiddenError, match="touched the world"):
        touch()


def test_world_comes_back_even_after_a_failure():
    before = time.time, open, threading.Thread.start
    with pytest.raises(ZeroDivisionError), forbidden_world():
        _ = 1 // 0
    assert (time.time, open, threading.Thread.start) == before
    assert time.time() > 0
    assert "PATH" in os.environ


def test_pure_work_is_untouched():
    with forbidden_world():
        drawn = random.Random(7).random()
        day = datetime.datetime.fromtimestamp(0, datetime.UTC).isoformat()
    assert drawn == random.Random(7).random()
    assert day == "1970-01-01T00:00:00+00:00"


def test_other_threads_keep_their_world():
    asked, answers = threading.Event(), []

    def look():
        asked.wait()
        answers.append(time.time())

    thread = threading.Thread(target=look)
    thread.start()
    with forbidden_world():
        asked.set()
        thread.join()
    assert answers
