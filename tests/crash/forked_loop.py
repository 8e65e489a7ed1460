"""A child that is forked off in the middle of a Trio run: what of the loop it must not share.

An epoll set and Trio's wake-up sockets belong to both processes after a fork, and what either of
them hears is gone for the other: a parent whose wake-up a child has read waits for ever.

Private to Trio, so `test_forked_loop.py` watches that it is still there and still parts them.
"""

import os
import select

from trio._core._run import GLOBAL_RUN_CONTEXT
from trio._core._wakeup_socketpair import WakeupSocketpair


def part_from_parent() -> None:
    """Give the run of this child an epoll set and wake-up sockets of its own, as it had them."""
    runner = GLOBAL_RUN_CONTEXT.runner
    loop, queue = runner.io_manager, runner.entry_queue
    for pair in (loop._force_wakeup, queue.wakeup):
        _take_place(pair)
    if queue.queue or queue.idempotent_queue:
        queue.wakeup.wakeup_thread_and_signal_safe()
    with select.epoll() as own:
        os.dup2(own.fileno(), loop._epoll.fileno(), inheritable=False)
    loop._epoll.register(loop._force_wakeup.wakeup_sock, select.EPOLLIN)
    for descriptor, waiters in loop._registered.items():
        loop._epoll.register(descriptor, waiters.current_flags | select.EPOLLONESHOT)


def _take_place(pair: WakeupSocketpair) -> None:
    """Two new sockets under the numbers of the old ones, which the parent keeps."""
    own = WakeupSocketpair()
    os.dup2(own.wakeup_sock.fileno(), pair.wakeup_sock.fileno(), inheritable=False)
    os.dup2(own.write_sock.fileno(), pair.write_sock.fileno(), inheritable=False)
    own.close()
