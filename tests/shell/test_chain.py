"""Merges and redemptions through the relayer: once, whatever happens on the way."""

import pytest
import trio

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.ids import MarketId, OpId
from pmcore.units import Shares
from pmcore.wire.order_typed_data import EOA, POLY_1271, POLY_PROXY
from pmio.op_log import DONE, PLANNED, SENT, OpLog, OpRecord
from tests.shell.rig import Rig
from tests.shell.virtual import virtual


async def merging(nursery, **more) -> Rig:
    """A rig whose account has just been given pairs, with everything else at rest."""
    rig = Rig(nursery)
    await rig.live({"merge.enabled": False}, **more)
    await rig.quoting()
    return rig


def give(rig: Rig, pairs: int) -> MarketId:
    """Confirmed pairs, known to both sides."""
    market = rig.window
    number = rig.account
    size = Shares(pairs * 1_000_000)
    rig.venue.exchange.grant(number, market.terms.id, size, size)
    for outcome in (0, 1):
        rig.shell.inbox.hear(
            ev.TradeReported, f"given{outcome}", 0, market.terms.id, outcome, 0, 4_000, size, 0,
            True, ev.CONFIRMED,
        )  # fmt: skip
    return market.terms.id


def offer_merge(rig: Rig, market: MarketId, pairs: int, op: int = 900) -> None:
    """Ask the lane itself, so that the core's own timing does not matter."""
    effect = ef.MergePairs(OpId(op), market, Shares(pairs * 1_000_000), "test")
    rig.side._chain.offer(effect, rig.shell.inbox.stamp())


def pairs_at_venue(rig: Rig, market: MarketId) -> float:
    held = [h.shares for h in rig.venue.exchange.holdings(rig.account) if h.market == market]
    return min(held, default=0) / 1_000_000 if len(held) == 2 else 0.0


def told(rig: Rig, *kinds: type) -> list:
    return [event for event in rig.events(*kinds) if event.op == 900]


@pytest.mark.parametrize("wallet_type", [POLY_PROXY, 2, POLY_1271])
def test_a_merge_goes_through_the_relayer_for_every_wallet(wallet_type):
    @virtual
    async def play(nursery) -> None:
        rig = await merging(nursery, wallet_type=wallet_type)
        market = give(rig, 40)
        offer_merge(rig, market, 30)
        await rig.until(lambda rig: told(rig, ev.MergeConfirmed, ev.MergeFailed), 60)
        assert told(rig, ev.MergeConfirmed)
        (transaction,) = rig.venue.relayer.transactions.values()
        assert transaction.state == "STATE_CONFIRMED"
        await rig.stop()

    play()


@virtual
async def test_a_bare_key_has_no_path_and_says_so(nursery):
    rig = await merging(nursery, wallet_type=EOA)
    offer_merge(rig, rig.window.terms.id, 1)
    await rig.until(lambda rig: told(rig, ev.MergeFailed), 5)
    assert "not configured" in told(rig, ev.MergeFailed)[0].text
    await rig.stop()


@virtual
async def test_a_reverted_merge_is_failed(nursery):
    rig = await merging(nursery)
    market = give(rig, 40)
    rig.fault("relayer_failing")
    offer_merge(rig, market, 30)
    await rig.until(lambda rig: told(rig, ev.MergeFailed), 60)
    assert "STATE_FAILED" in told(rig, ev.MergeFailed)[0].text
    assert pairs_at_venue(rig, market) >= 40
    await rig.stop()


@virtual
async def test_a_stuck_relayer_is_unknown_and_settled_later(nursery):
    rig = await merging(nursery)
    market = give(rig, 40)
    number = rig.fault("relayer_stuck")
    offer_merge(rig, market, 30)
    await rig.until(lambda rig: told(rig, ev.MergeUnknown), 90)
    offer_merge(rig, market, 5, op=901)
    await trio.sleep(1)
    refused = [event for event in rig.events(ev.MergeFailed) if event.op == 901]
    assert refused[0].text == "an earlier operation is not decided yet"
    rig.heal(number)
    await rig.until(lambda rig: told(rig, ev.MergeConfirmed), 60)
    assert len(told(rig, ev.MergeConfirmed, ev.MergeFailed)) == 1
    await rig.stop()


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("fate", ["silent", "cut"])
def test_a_submission_without_an_answer_is_found_out(applied, fate):
    @virtual
    async def play(nursery) -> None:
        rig = await merging(nursery)
        market = give(rig, 40)
        await trio.sleep(1)
        held = pairs_at_venue(rig, market)
        # The ticket is read first: only the submission meets the fault.
        offer_merge(rig, market, 30)
        rig.fault("answer", on="relayer", fate=fate, applied=applied, for_s=16.0)
        await rig.until(lambda rig: told(rig, ev.MergeUnknown, ev.MergeFailed), 120)
        if told(rig, ev.MergeUnknown):
            await rig.until(lambda rig: told(rig, ev.MergeConfirmed, ev.MergeFailed), 200)
        merged = bool(told(rig, ev.MergeConfirmed))
        await trio.sleep(5)
        assert (pairs_at_venue(rig, market) <= held - 20) is merged
        await rig.stop()

    play()


@virtual
async def test_an_operation_interrupted_by_a_crash_happens_once(nursery):
    rig = await merging(nursery)
    market = give(rig, 40)
    await trio.sleep(1)
    chain, roster = rig.side.chain, rig.side._submits._roster
    state = rig.state.markets[market]
    ticket = await rig.side.chain._relayer.ticket()
    # Sent, and the process died before it could write down the relayer's answer.
    record = OpRecord(OpId(77), "merge", market, 10_000_000, PLANNED, ticket.nonce)
    chain._log.write(record)
    calls, _ = await chain._calls(record)
    await chain._relayer.submit(chain._relayer.request(calls, ticket))
    await trio.sleep(10)
    state.merge_op = OpId(77)
    assert chain.resume(rig.state) == []
    chain._opened.unpark_all()
    await rig.until(lambda rig: rig.events(ev.MergeConfirmed), 120)
    assert len(rig.venue.relayer.transactions) == 1
    assert roster.markets[market]
    await rig.stop()


@virtual
async def test_an_operation_that_was_only_planned_is_sent_under_its_nonce(nursery):
    rig = await merging(nursery)
    market = give(rig, 40)
    await trio.sleep(1)
    chain = rig.side.chain
    ticket = await chain._relayer.ticket()
    record = OpRecord(OpId(78), "merge", market, 10_000_000, PLANNED, ticket.nonce)
    chain._log.write(record)
    rig.state.markets[market].merge_op = OpId(78)
    assert chain.resume(rig.state) == []
    chain._opened.unpark_all()
    await rig.until(lambda rig: rig.events(ev.MergeConfirmed), 120)
    (transaction,) = rig.venue.relayer.transactions.values()
    assert transaction.nonce == ticket.nonce
    await rig.stop()


@virtual
async def test_what_is_known_at_a_restart_is_answered_at_once(nursery):
    rig = await merging(nursery)
    market = give(rig, 40)
    chain = rig.side.chain
    state = rig.state.markets[market]
    state.merge_op, state.redeem_op = OpId(50), OpId(51)
    told = chain.resume(rig.state)
    assert [type(event) for event in told] == [ev.MergeFailed, ev.RedeemFailed]
    chain._log.write(OpRecord(OpId(50), "merge", market, 5, DONE, 3, "t"))
    chain._log.write(OpRecord(OpId(51), "redeem", market, 0, SENT, 4, "t"))
    told = chain.resume(rig.state)
    assert [type(event) for event in told] == [ev.MergeConfirmed, ev.RedeemUnknown]
    state.merge_op = state.redeem_op = OpId(0)
    await rig.stop()


def test_the_log_of_operations_survives_a_torn_line(tmp_path):
    path = tmp_path / "deep" / "ops.jsonl"
    log = OpLog(path)
    first = OpRecord(OpId(1), "merge", MarketId(5), 10, PLANNED, 0)
    log.write(first)
    log.write(OpRecord(OpId(2), "merge", MarketId(5), 10, PLANNED, 1))
    log.write(OpRecord(OpId(2), "merge", MarketId(5), 10, SENT, 1, "abc"))
    content = path.read_bytes()
    for cut in range(len(content)):
        path.write_bytes(content[:cut])
        again = OpLog(path)
        there = cut >= content.index(b"\n")
        assert (again.get(OpId(1), MarketId(5)) is not None) is there
    path.write_bytes(content)
    again = OpLog(path)
    assert again.get(OpId(1), MarketId(5)) == first
    assert again.get(OpId(2), MarketId(5)).transaction == "abc"
    assert again.get(OpId(1), MarketId(6)) is None
    assert path.stat().st_mode & 0o777 == 0o600
