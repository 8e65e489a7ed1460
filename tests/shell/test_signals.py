"""Signals stop the shell: the first in good order, the second at once; before it the questions."""

import os
import signal

import pytest
import trio

from pmio.signals import Stops, hear_signals, obey_signals

HUP, INT, TERM = signal.SIGHUP, signal.SIGINT, signal.SIGTERM


class Shell:
    def __init__(self) -> None:
        self.stops = 0
        self.heard = trio.Event()

    def stop(self) -> None:
        self.stops += 1
        self.heard.set()


async def test_each_signal_is_one_stop():
    stops = Stops()
    stops.shell = shell = Shell()
    with hear_signals() as signals:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(obey_signals, signals, stops)
            for number, sent in enumerate((signal.SIGTERM, signal.SIGINT), 1):
                shell.heard = trio.Event()
                os.kill(os.getpid(), sent)
                await shell.heard.wait()
                assert shell.stops == number
            nursery.cancel_scope.cancel()
    assert not stops.questions.cancel_called


@pytest.mark.parametrize(
    ("sent", "stops"),
    [
        ((HUP,), 1),
        ((HUP, HUP, HUP), 1),
        ((TERM, HUP, HUP), 1),
        ((HUP, TERM, HUP), 1),
        ((HUP, TERM, TERM), 2),
        ((TERM, HUP, INT), 2),
    ],
)
def test_the_end_of_a_terminal_is_one_stop_and_never_the_second(sent, stops):
    told = Stops()
    told.shell = shell = Shell()
    for number in sent:
        told.stop(number)
    assert shell.stops == stops


async def test_the_end_of_a_terminal_is_heard_unless_it_was_ignored():
    for before, heard in ((signal.SIG_DFL, True), (signal.SIG_IGN, False)):
        kept = signal.signal(HUP, before)
        try:
            with hear_signals():
                assert (signal.getsignal(HUP) not in (signal.SIG_DFL, signal.SIG_IGN)) == heard
        finally:
            signal.signal(HUP, kept)


async def test_a_signal_before_there_is_a_shell_ends_the_questions():
    stops = Stops()
    with hear_signals() as signals:
        # Heard before anybody obeys.
        os.kill(os.getpid(), signal.SIGTERM)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(obey_signals, signals, stops)
            with stops.questions:
                await trio.sleep_forever()
            nursery.cancel_scope.cancel()
    assert stops.questions.cancelled_caught
