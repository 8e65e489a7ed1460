"""What a run shows: health, readiness, metrics that agree with the state, and every reason."""

import re
from collections import Counter

import pytest

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.account.day_result import total_realised
from pmcore.ids import OUTCOMES
from tests.maker_run.watched import Watched
from tests.shell.rig import BRIEF, SHORT
from tests.shell.virtual import virtual

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABELS = rf'\{{{NAME}="[^"\\\n]*"(?:,{NAME}="[^"\\\n]*")*\}}'
SAMPLE = re.compile(rf"({NAME})({LABELS})? (-?[0-9.e+-]+|[+-]Inf|NaN)")


def samples(body: bytes) -> dict[str, float]:
    """The metrics by name and labels, by the grammar of the text format and nothing looser."""
    found: dict[str, float] = {}
    kinds: dict[str, str] = {}
    helped: set[str] = set()
    assert body.endswith(b"\n")
    for line in body.decode().splitlines():
        if line.startswith("# HELP "):
            name = line.split(" ")[2]
            assert name not in helped, f"{name} comes twice"
            helped.add(name)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            kinds[name] = kind
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            family = re.sub("_(bucket|sum|count)$", "", match[1])
            assert match[1] in kinds or kinds.get(family) == "histogram", line
            assert match[1] in helped or family in helped
            key = match[1] + (match[2] or "")
            assert key not in found, f"{key} comes twice"
            found[key] = float(match[3])
    for name, kind in kinds.items():
        assert kind != "counter" or name.endswith("_total"), name
    return found


@virtual
async def test_the_metrics_agree_with_what_happened(nursery):
    rig = Watched(nursery, **BRIEF)
    await rig.begin(SHORT)
    await rig.quoting()
    await rig.until(lambda rig: rig.state.totals.markets, 1_200)
    answer = rig.ask("/metrics")
    assert answer.headers == (("content-type", "text/plain; version=0.0.4; charset=utf-8"),)
    found = samples(answer.body)
    placed = rig.effects(ef.PlaceOrder)
    assert found["pm_orders_placed_total"] == len(placed) > 50
    accepted = {event.order for event in rig.events(ev.OrderAccepted)}
    assert found["pm_orders_accepted_total"] == len(accepted) > 50
    assert found["pm_merges_total"] == len(rig.events(ev.MergeConfirmed)) > 0
    refused = sum(v for name, v in found.items() if name.startswith("pm_rejects_total"))
    assert refused == len(rig.events(ev.OrderRejected))
    answers = rig.events(ev.OrderAccepted, ev.OrderRejected, ev.OrderUnknown, ev.OrderDelayed)
    answered = len({event.order for event in answers})
    assert found["pm_submit_seconds_count"] == answered
    assert found['pm_submit_seconds_bucket{le="+Inf"}'] == answered
    fills = sum(m.inventory.fills for m in rig.state.markets.values()) + rig.state.totals.fills
    maker, taker = (found[f'pm_fills_total{{role="{role}"}}'] for role in ("maker", "taker"))
    assert maker + taker == fills > 0
    assert found["pm_realised_pnl_dollars"] == pytest.approx(total_realised(rig.state) / 1e6)
    assert found["pm_rebate_estimate_dollars"] > 0
    assert found['pm_feed_open{feed="market"}'] == 1
    assert found["pm_events_total"] == rig.shell.drive.events
    unpaired = sum(abs(m.inventory.unpaired) for m in rig.state.markets.values())
    assert found["pm_unpaired_shares"] == pytest.approx(unpaired / 1e6)
    assert sum(found[f'pm_state{{state="{s}"}}'] for s in ("quoting", "paused")) == 1
    assert found["pm_process_resident_bytes"] > 1e6
    assert len(rig.lines("window_done")) == len(rig.watch.tally.ledger.rows) > 0
    assert {"quoting", "cutoff"} <= {line["gate"] for line in rig.lines("gate")}
    await rig.stop()


@virtual
async def test_health_and_readiness_follow_the_run(nursery):
    rig = Watched(nursery)
    rig.fault("answer", on="orders", fate="silent", for_s=10.0)
    await rig.begin()
    await rig.until(lambda rig: rig.state.markets, 10)
    status, told = rig.told("/readyz")
    assert (status, told["state"]) == (503, "starting")
    assert told["reason"] == "the first view of the account"
    assert rig.ask("/healthz").status == 200
    await rig.quoting()
    status, told = rig.told("/readyz")
    assert (status, told["state"], told["reason"]) == (200, "quoting", "")
    rig.fault("oracle_hole", for_s=15.0)
    await rig.until(lambda rig: rig.told("/readyz")[0] == 503, 30)
    assert rig.told("/readyz")[1]["reason"] in ("stale_oracle", "stale oracle")
    await rig.stop()
    assert rig.told("/healthz")[1]["state"] == "stopping"


@virtual
async def test_the_operators_kill_cancels_everything_and_stays(nursery):
    rig = Watched(nursery)
    await rig.begin()
    await rig.quoting()
    assert rig.ask("/kill").status == 405
    assert rig.ask("/kill", "POST", origin="http://evil.example").status == 403
    assert rig.told("/healthz")[0] == 200
    answer = rig.ask("/kill?reason=lunch", "POST")
    assert answer.status == 200
    await rig.until(lambda rig: rig.state.safety.mode == "halted", 10)
    status, told = rig.told("/healthz")
    assert (status, told["state"], told["reason"]) == (503, "halted", "operator: lunch")
    assert not [posted for posted in rig.posted() if posted.open]
    await rig.stop()


@virtual
async def test_every_slot_says_why(nursery):
    rig = Watched(nursery)
    await rig.begin()
    await rig.quoting()
    for _ in range(100):
        await rig.until(lambda rig: rig.window, 30)
        status, told = rig.told("/quotes")
        assert status == 200
        window = next(w for w in told["windows"] if w["market"] == rig.window.terms.slug)
        ladder = [slot for slot in window["slots"] if slot["rung"] < rig.state.rules.levels]
        assert len(ladder) == len(OUTCOMES) * rig.state.rules.levels
        assert all(slot["reason"] for slot in ladder)
        for one in told["windows"]:
            known = (one["q_up"] is not None, one["pair_may_cost"] is not None)
            assert known == (not one["gate"], not one["gate"]), one
        await rig.until(lambda rig, seq=rig.state.seq: rig.state.seq > seq + 20, 30)
    await rig.stop()


@virtual
async def test_what_is_not_there_is_refused(nursery):
    rig = Watched(nursery)
    await rig.begin()
    assert rig.ask("/nothing").status == 404
    assert rig.ask("/metrics", "DELETE").status == 405
    assert rig.ask("/metrics", "POST").status == 405
    await rig.stop()


@virtual
async def test_a_mistake_in_an_answer_is_told_and_nothing_else(nursery):
    rig = Watched(nursery)
    await rig.begin()
    await rig.quoting()
    rig.watch.tally.counts = None
    assert rig.ask("/metrics").status == 500
    assert rig.lines("observatory")[0]["level"] == "error"
    assert "Traceback" in rig.lines("observatory")[0]["exception"]
    rig.watch.tally.counts = Counter()
    assert await rig.stop() == 0
