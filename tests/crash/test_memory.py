"""What is remembered beside the journal: booked trades, chain operations, a stop under way."""

import pytest

from pmcore import events as ev
from pmcore.effects import PlaceOrder
from pmcore.freeze import freeze
from pmcore.ids import BUY, UP, MarketId, OpId, OrderId
from pmcore.order import FAK, Order
from pmcore.state import RUNNING, State
from pmcore.step import step
from pmcore.units import Cash, Ns, Price
from pmcore.wire.order_body import wallet_terms
from pmcore.wire.order_typed_data import EOA
from pmio.chain import Chain
from pmio.inbox import Inbox
from pmio.journal import JournalHead, JournalWriter
from pmio.op_log import DONE, PLANNED, SENT, OpLog, OpRecord
from pmio.recovery import opening, prepare, recovered
from pmio.roster import Roster
from pmio.sealing import Sealer
from pmio.secrets import Secret
from pmio.signer import KeySigner
from pmio.trade_log import TradeLog
from tests.core.stage import WINDOW, Stage, market, shares
from tests.shell.rig import KEY


def reported(trade: str, order: int, size: float = 5.0, status: int = ev.MATCHED):
    return ev.TradeReported(
        Ns(9), trade, OrderId(order), WINDOW, UP, BUY, Price(4_500), shares(size), Cash(0), True,
        status,
    )  # fmt: skip


def booked(*reports: ev.TradeReported) -> State:
    """A state that has heard these reports and forgotten their orders."""
    stage = Stage()
    stage.hear(ev.MarketListed, market())
    for report in reports:
        step(stage.state, ev.TradeReported(stage.now, *list(_fields(report))))
    return stage.state


def _fields(report: ev.TradeReported):
    return (getattr(report, name) for name in report.__struct_fields__[1:])


def log_after(state: State) -> TradeLog:
    log = TradeLog(0)
    log.recall(state)
    return log


def test_a_trade_of_a_forgotten_order_is_told_under_the_number_it_was_booked_for():
    state = booked(reported("t1", 7), reported("t2", 8))
    log = log_after(state)
    told = log.news([reported("t1#0xabc", 0, status=ev.CONFIRMED)])
    assert told == [reported("t1", 7, status=ev.CONFIRMED)]
    fills = state.markets[WINDOW].inventory.fills
    step(state, told[0])
    assert state.markets[WINDOW].inventory.fills == fills
    assert state.markets[WINDOW].inventory.unconfirmed[UP] == shares(5)


def test_the_user_channel_tells_them_likewise_and_every_time():
    log = log_after(booked(reported("t1", 7)))
    for status in (ev.MATCHED, ev.MINED, ev.CONFIRMED):
        assert log.named([reported("t1#0xabc", 0, status=status)]) == [
            reported("t1", 7, status=status)
        ]


def test_two_equal_parts_of_one_trade_stay_two():
    log = log_after(booked(reported("t1", 7), reported("t1", 8)))
    told = log.named([reported("t1#0xa", 0), reported("t1#0xb", 0), reported("t1#0xa", 0)])
    assert [one.order for one in told] == [7, 8, 7]


def test_what_is_booked_nowhere_stays_a_stranger():
    log = log_after(booked(reported("t1", 7)))
    strangers = [reported("t9#0xabc", 0), reported("t1#0xabc", 0, size=6.0)]
    assert log.named(strangers) == strangers
    assert log.named([ev.HeartbeatAcked(Ns(9))]) == [ev.HeartbeatAcked(Ns(9))]


def test_an_order_that_the_venue_names_by_number_is_no_strangers_too():
    log = log_after(booked(reported("t1", 7), reported("t1", 8)))
    told = log.news([reported("t1#0xb", 0, status=ev.MINED), reported("t1", 7, status=ev.MINED)])
    assert [one.order for one in told] == [8, 7]


@pytest.mark.parametrize("then", [100, 10])
def test_a_marketable_order_is_recognised_after_its_grid_has_changed(then):
    signer = KeySigner(Secret("wallet key", KEY))
    wallet = wallet_terms(EOA, signer.address, "", "key")
    sealer = Sealer(signer, wallet)
    effect = PlaceOrder(
        OrderId(9), WINDOW, UP, BUY, Price(2_700), shares(6.55), FAK, False, Ns(0), ""
    )
    sent = sealer.seal(effect, Ns(5_000_000), market(tick=Price(then), order_version=3))
    order = Order(OrderId(9), WINDOW, 7, UP, BUY, Price(2_700), shares(6.55), FAK, Ns(5_000_000))
    for now in (1_000, 100, 10, 1):
        stage = Stage()
        stage.hear(ev.MarketListed, market(tick=Price(now), order_version=3))
        stage.state.markets[WINDOW].finished[order.id] = order
        roster = Roster()
        roster.recall(stage.state, sealer)
        assert roster.orders[sent.venue_id] == order.id
        for _ in range(3):
            roster.drop(WINDOW)
        roster.drop(MarketId(1))
        roster.drop(MarketId(2))
        assert not roster.orders


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_torn_line_of_an_operation_costs_that_line_only(cut, tmp_path):
    path = tmp_path / "ops.jsonl"
    first = OpRecord(OpId(3), "merge", MarketId(900), 5, PLANNED, 1)
    second = OpRecord(OpId(4), "merge", MarketId(900), 6, PLANNED, 2)
    third = OpRecord(OpId(5), "merge", MarketId(900), 7, SENT, 3, "tx")
    log = OpLog(path)
    log.write(first)
    log.write(second)
    path.write_bytes(path.read_bytes()[:-cut])
    OpLog(path).write(third)
    found = OpLog(path)
    assert found.get(OpId(3), MarketId(900)) == first
    assert found.get(OpId(5), MarketId(900)) == third


def test_an_operation_that_the_disk_takes_in_parts_is_written_whole(tmp_path, monkeypatch):
    import os

    path = tmp_path / "ops.jsonl"
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, line: write(handle, line[:7]))
    record = OpRecord(OpId(3), "merge", MarketId(900), 5, PLANNED, 1)
    OpLog(path).write(record)
    assert OpLog(path).get(OpId(3), MarketId(900)) == record


@pytest.mark.parametrize("told_to_stop", [True, False])
def test_a_crash_while_stopping_is_a_stop_and_a_crash_while_killed_is_not(told_to_stop, tmp_path):
    stage = Stage()
    journal = JournalWriter(tmp_path, JournalHead(run_id="r", mode="live"))
    for event, effects in stage.said:
        journal.append(event, list(effects))
    asked = ev.StopAsked(stage.now) if told_to_stop else ev.KillAsked(stage.now, "test")
    journal.append(asked, step(stage.state, asked))
    journal.flush()
    journal.abandon()
    found = recovered(tmp_path)
    assert found is not None
    assert freeze(found.state) == freeze(stage.state)
    assert not found.orderly
    prepare(found, stage.now)
    for event in opening(found, stage.now):
        step(found.state, event)
    assert (found.state.safety.mode == RUNNING) is told_to_stop


def test_a_segment_that_was_only_just_made_is_passed_over(tmp_path):
    stage = Stage()
    with JournalWriter(tmp_path, JournalHead(run_id="r", mode="live")) as journal:
        for event, effects in stage.said:
            journal.append(event, list(effects))
    (tmp_path / "00000002.pmj").write_bytes(b"")
    found = recovered(tmp_path)
    assert found is not None
    assert found.state.seq == stage.state.seq


@pytest.mark.parametrize("written_down", [True, False])
def test_a_redemption_that_a_restart_finds_done_pays_what_it_redeemed(written_down):
    stage = Stage()
    stage.hear(ev.MarketListed, market())
    window = stage.state.markets[WINDOW]
    window.redeem_op = OpId(44)
    roster = Roster()
    roster.payouts[WINDOW] = Price(10_000)
    log = OpLog()
    known = {"up": shares(3.0), "down": shares(7.0)} if written_down else {}
    log.write(OpRecord(OpId(44), "redeem", WINDOW, 0, DONE, 1, "tx", **known))

    async def held(_: MarketId):
        raise AssertionError("nobody need be asked")

    inbox = Inbox(FixedClock())
    chain = Chain(None, roster, inbox, log, held, lambda _: (shares(3.0), shares(7.0)))
    (told,) = chain.resume(stage.state)
    assert isinstance(told, ev.RedeemConfirmed)
    assert (told.op, told.market, told.payout) == (44, WINDOW, 3_000_000)


class FixedClock:
    def now_ns(self) -> Ns:
        return Ns(5)
