"""Whatever a REST host answers, each act has exactly one answer and nothing of ours fails."""

from collections import Counter
from itertools import cycle

import msgspec
import trio
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pmcore import effects as ef
from pmcore import events as ev
from tests.hostile.desk import ACTS, Desk, answers
from tests.hostile.rubbish import BODIES, HEADS, MORE, STATUSES
from tests.shell.fakes import CUT, SILENT
from tests.shell.virtual import run_virtual

WAIT_S = 400.0
"""Virtual: more than every deadline, retry and poll of one act together."""
ANSWER = st.tuples(STATUSES, BODIES, HEADS) | st.sampled_from([CUT, SILENT])


def said(answer):
    """As the host sends it."""
    if isinstance(answer, str):
        return answer
    status, body, head = answer
    return status, body, {"retry-after": head, "poly-ratelimit-remaining": head}


@given(st.lists(ANSWER, min_size=1, max_size=6))
@example([(200, b'{"transactionID":"\\u0000/..","nonce":3,"state":"STATE_NEW"}', "")])
@example([(200, b'{"transactionID":"\\ud800","nonce":"3"}', "")])
@example([(200, b'{"heartbeat_id":"\\ud800","nonce":"-7"}', "")])
@example([(400, b'{"heartbeat_id":"\\ud800","error":"\\ud800"}', "")])
@example([(200, b'{"data":[],"next_cursor":"\\ud800"}', "")])
@example([(200, b'{"nonce":' + b"9" * 400 + b"}", "")])
@settings(max_examples=40 * MORE)
def test_every_act_is_answered_once(given_answers):
    async def main(nursery: trio.Nursery) -> None:
        turn = cycle(given_answers)
        desk = Desk(nursery, lambda ask: said(next(turn)))
        desk.offer()
        with trio.fail_after(WAIT_S):
            while not desk.idle():
                await trio.sleep(1.0)
        told = desk.take()
        wanted = Counter(type(act).__name__ for act in ACTS)
        counted = answers(told)
        # A listing, a result and an open fate may be told again by themselves.
        free = {"FindMarket", "MergePairs", "RedeemShares"}
        assert {n: c for n, c in counted.items() if n not in free} == {
            name: count for name, count in wanted.items() if name not in free
        }
        assert all(counted[name] >= wanted[name] for name in free)
        check_small(told)

    run_virtual(main)


def check_small(told: list[ev.AnyEvent]) -> None:
    """Everything fits the journal, and no text of a stranger is long."""
    for event in told:
        msgspec.msgpack.encode(event)
        for name in ("text", "reason", "excerpt"):
            assert len(getattr(event, name, "")) <= 300


@given(st.lists(ANSWER, min_size=1, max_size=4))
@example([(400, b'{"heartbeat_id":"\\ud800"}', "")])
@example([(200, b'{"heartbeat_id":{"a":1}}', "")])
@settings(max_examples=12 * MORE)
def test_heartbeats_go_on(given_answers):
    async def main(nursery: trio.Nursery) -> None:
        turn = cycle(given_answers)
        desk = Desk(nursery, lambda ask: said(next(turn)))
        nursery.start_soon(desk.live.heartbeat.run)
        await trio.sleep(40.0)
        told = [e for e in desk.take() if isinstance(e, ev.HeartbeatAcked | ev.HeartbeatMissed)]
        assert len(told) >= 5
        check_small(told)

    run_virtual(main)


def test_answers_that_never_end_cost_their_own_lane_and_only_until_the_deadline():
    async def main(nursery: trio.Nursery) -> None:
        desk = Desk(nursery, lambda ask: SILENT)

        async def drip(stream) -> None:
            try:
                await stream.receive_some()
                await stream.send_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n")
                while True:
                    await stream.send_all(b"x")
                    await trio.sleep(0.5)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                pass

        for name in ("clob", "gamma", "data", "relayer"):
            desk.network.listen(f"{name}.local", 80, drip)
        desk.offer()
        await trio.sleep(6.0)
        early = {type(event) for event in desk.take()}
        assert {ev.OrderUnknown, ev.CancelUnknown, ev.CancelAllUnknown} <= early
        with trio.fail_after(WAIT_S):
            while not desk.idle():
                await trio.sleep(1.0)
        late = {type(event) for event in desk.take()}
        assert early | late >= {ev.ReconcileFailed, ev.ResyncFailed, ev.MergeFailed}

    run_virtual(main)


def test_a_merge_of_nonsense_binds_or_frees_and_never_crashes():
    """The relayer's own words become paths and nonces: the worst of them one by one."""
    words = [
        "",
        "/",
        "..",
        "a b",
        "\x00",
        "\ud800",
        "é",
        "?x=1",
        "#",
        "%",
        "9" * 5_000,
        "-1",
        "1e3",
    ]

    async def main(nursery: trio.Nursery) -> None:
        for word in words:
            spoken = '{"nonce":"1","state":"STATE_NEW","transactionID":"%s"}'
            escaped = "".join(f"\\u{ord(letter):04x}" for letter in word)
            body = (spoken % escaped).encode()
            async with trio.open_nursery() as inner:
                desk = Desk(inner, lambda ask, body=body: (200, body, {}))
                desk.offer((ef.MergePairs(ACTS[7].op, ACTS[7].market, ACTS[7].size, "test"),))
                with trio.fail_after(WAIT_S):
                    while not desk.idle():
                        await trio.sleep(1.0)
                await trio.sleep(60.0)
                told = [e for e in desk.take() if isinstance(e, ef.ANSWERS[ef.MergePairs])]
                assert len(told) >= 1, word
                inner.cancel_scope.cancel()

    run_virtual(main, limit_s=10_000.0)
