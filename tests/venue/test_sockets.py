"""`pm venue` as people start it: real sockets, the clock on the wall, tapes, ports, refusals."""

import json
import socket
import time

import httpx
import pytest
import trio
from click.testing import CliRunner
from trio_websocket import open_websocket_url

from pmapp.cli import main
from pmapp.local_venue.flow import NEARLY_OVER_S
from pmcore.sim.nature import scene
from pmcore.wire import rtds
from pmio.tape import TapeMeta, write_tape
from tests.venue.listener import Listener
from tests.venue.processes import venue_process

KEYS = ("clob", "gamma", "data", "relayer", "ws_market", "ws_user", "rtds", "polybolt", "admin")


@pytest.fixture(scope="module")
def at():
    """The addresses of a venue that lives on the wall's clock."""
    with venue_process("--seed", "3", "--rate", "5") as addresses:
        yield addresses


def slug_at(told_s: int) -> str:
    """The window that is quoted at a time: a fresh venue has no book of one about to end."""
    return f"btc-updown-15m-{(told_s + NEARLY_OVER_S) // 900 * 900}"


def test_first_line_names_every_service(at):
    assert [name for name in at if name in KEYS] == list(KEYS)
    assert all("127.0.0.1" in at[name] for name in KEYS)
    assert (at["chain_id"], at["speed"]) == (137, 1.0)


def test_current_market_is_the_one_that_the_time_gives(at):
    before = int(time.time())
    told = httpx.get(f"{at['clob']}/time").json()
    assert before <= told <= time.time() + 1
    slug = slug_at(told)
    market = httpx.get(f"{at['gamma']}/markets/slug/{slug}").json()
    assert market["slug"] == slug
    token = json.loads(market["clobTokenIds"])[0]
    book = httpx.get(f"{at['clob']}/book", params={"token_id": token}).json()
    assert book["asset_id"] == token
    assert book["bids"] or book["asks"]


async def test_websockets(at):
    now = httpx.get(f"{at['clob']}/time").json()
    market = httpx.get(f"{at['gamma']}/markets/slug/{slug_at(now)}").json()
    listener = Listener()
    async with open_websocket_url(at["ws_market"]) as channel:
        wish = {"type": "market", "assets_ids": json.loads(market["clobTokenIds"])}
        await channel.send_message(json.dumps(wish))
        with trio.fail_after(30):
            while listener.counts.get("price_change", 0) < 20:
                listener.hear(await channel.get_message())
    # Not `finish()`: we may have left in the middle of a group of changes.
    assert listener.faults == []
    async with open_websocket_url(at["rtds"]) as channel:
        of = [{"topic": "crypto_prices_chainlink", "type": "update",
               "filters": '{"symbol":"btc/usd"}'}]  # fmt: skip
        await channel.send_message(json.dumps({"action": "subscribe", "subscriptions": of}))
        with trio.fail_after(30):
            ticks = rtds.decode(await channel.get_message(), 0)
            ticks += rtds.decode(await channel.get_message(), 0)
    assert all(60_000e12 < tick.price < 70_000e12 for tick in ticks)
    async with open_websocket_url(at["polybolt"]) as channel:
        await channel.send_message(json.dumps({"op": "ping"}))
        with trio.fail_after(30):
            assert json.loads(await channel.get_message()) == {"op": "pong"}


def test_admin_is_a_service_of_its_own(at):
    assert httpx.get(f"{at['admin']}/state").json()["unbalanced"] == []
    fault = {"kind": "answer", "on": "gamma", "status": 503, "count": 1}
    assert httpx.post(f"{at['admin']}/faults", json=fault).status_code == 200
    assert httpx.get(f"{at['gamma']}/markets").status_code == 503
    assert httpx.get(f"{at['gamma']}/markets").status_code == 200
    assert httpx.get(f"{at['clob']}/admin/state").status_code == 404


def free_port():
    """A port from which eight are likely to be free: far from those that the system gives."""
    for port in range(20_000, 30_000, 8):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise AssertionError("no port is free")


def test_tape_and_port(tmp_path):
    tape = tmp_path / "scene.tape"
    write_tape(tape, scene("breakout", 2), TapeMeta(source="test", prefix="btc-updown-5m"))
    port = free_port()
    with venue_process("--tape", str(tape), "--port", str(port)) as at:
        assert at["clob"] == f"http://127.0.0.1:{port}"
        now = httpx.get(f"{at['clob']}/time").json()
        slug = f"btc-updown-5m-{now // 300 * 300}"
        assert httpx.get(f"{at['gamma']}/markets/slug/{slug}").json()["slug"] == slug
        taken = CliRunner().invoke(main, ["venue", "--port", str(port)])
        assert taken.exit_code == 2
        assert str(port) in taken.output


def test_refusals(tmp_path):
    absent = CliRunner().invoke(main, ["venue", "--tape", str(tmp_path / "none.tape")])
    assert (absent.exit_code, "none.tape" in absent.output) == (2, True)
    assert CliRunner().invoke(main, ["venue", "--protocol", "v9"]).exit_code == 2
    assert CliRunner().invoke(main, ["venue", "--speed", "0"]).exit_code == 2
