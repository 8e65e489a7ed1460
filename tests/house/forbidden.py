"""A world without clock, chance, files, sockets, threads or environment, to run the core in.

    with forbidden_world():
        effects = step(state, event)

Inside the block each of them raises `ForbiddenError`, on this thread only. Enter it inside the
test's body, never around `@given`: Hypothesis and pytest need a clock of their own. A name taken
before the block (`from time import time`) keeps its old meaning; purity.py forbids that import.
"""

import builtins
import io
import logging
import os
import random
import socket
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from unittest import mock

CLOCKS = ("time", "monotonic", "perf_counter", "process_time", "thread_time")
DRAWS = ("random", "randint", "randrange", "uniform", "gauss", "choice", "choices", "shuffle")
DRAWS += ("sample", "normalvariate", "expovariate", "getrandbits", "betavariate", "seed")
NUMPY_DRAWS = ("random", "rand", "randn", "randint", "normal", "uniform", "choice", "shuffle")
NUMPY_DRAWS += ("permutation", "exponential", "poisson", "seed", "default_rng")

TARGETS: tuple[tuple[object, str], ...] = (
    *((time, clock + suffix) for clock in CLOCKS for suffix in ("", "_ns")),
    *((time, name) for name in ("sleep", "gmtime", "localtime", "ctime", "strftime")),
    *((random, name) for name in DRAWS),
    (random.SystemRandom, "random"),
    (os, "urandom"),
    (os, "getrandom"),
    (os, "getpid"),
    (os, "open"),
    *((os._Environ, name) for name in ("__getitem__", "__setitem__", "__iter__", "__len__")),
    (os, "getenv"),
    (uuid, "uuid1"),
    (uuid, "uuid4"),
    (socket, "socket"),
    (socket, "create_connection"),
    (socket, "getaddrinfo"),
    (builtins, "open"),
    (builtins, "print"),
    (builtins, "input"),
    (io, "open"),
    (threading.Thread, "start"),
    (logging.Logger, "_log"),
)


class ForbiddenError(AssertionError):
    """The core touched the world."""


@contextmanager
def forbidden_world() -> Iterator[None]:
    """Let every touch of the world from this thread raise `ForbiddenError` until the block ends."""
    owner = threading.get_ident()
    numpy_random = getattr(sys.modules.get("numpy"), "random", None)
    targets = [*TARGETS, *((numpy_random, name) for name in NUMPY_DRAWS if numpy_random)]
    with ExitStack() as stack:
        for place, name in targets:
            ban = _ban(getattr(place, name), f"{_title(place)}.{name}", owner)
            stack.enter_context(mock.patch.object(place, name, ban))
        yield


def _ban(original: Callable[..., object], title: str, owner: int) -> Callable[..., object]:
    def touch(*args: object, **kwargs: object) -> object:
        if threading.get_ident() == owner:
            raise ForbiddenError(f"the core touched the world: {title}")
        return original(*args, **kwargs)

    return touch


def _title(place: object) -> str:
    return str(getattr(place, "__name__", place))
