"""REST against a scripted host: deadlines, bounds, headers, pacing, modes, heartbeats."""

import json
from functools import partial

import pytest
import trio

from pmcore import events as ev
from pmcore.ids import MarketId
from pmcore.units import SECOND, Ns
from pmcore.wire.frames import WireError
from pmio.clock import TrioClock
from pmio.clock_check import clock_fault
from pmio.credentials import KeyRefused, obtain
from pmio.discovery import nearest, result_of
from pmio.heartbeat import Heartbeat
from pmio.http_backend import ANSWER_MAX
from pmio.inbox import Inbox
from pmio.memory_network import MemoryNetwork
from pmio.pacing import (
    BOOK,
    CANCEL,
    GAMMA,
    LEDGER,
    PLACE,
    PUBLIC,
    Pacing,
)
from pmio.permission import refusal
from pmio.rest import Rest, Unreachable
from pmio.secrets import Secret
from pmio.signer import ApiKey, KeySigner
from pmio.venue_mode import VenueMode
from tests.shell.fakes import CUT, SILENT, Ask, HttpFake, ok
from tests.shell.rig import ADDRESSES, KEY
from tests.shell.virtual import virtual

T0 = Ns(1_800_000_000 * SECOND)
URL = "http://clob.local:80"


class Desk:
    """A host, a connection to it, and an inbox."""

    def __init__(self, nursery, answer, **more) -> None:
        self.network = MemoryNetwork(nursery)
        self.host = HttpFake(self.network, "clob.local", answer)
        self.clock = TrioClock(T0)
        self.inbox = Inbox(self.clock)
        self.pacing = Pacing()
        self.mode = VenueMode(self.inbox, self.pacing)
        self.key = ApiKey("0x" + "ab" * 20, "id", Secret("s", "c2VjcmV0"), Secret("p", "phrase"))
        self.rest = Rest(self.network, self.pacing, self.clock.now_ns, heard=self.mode.hear, **more)
        nursery.start_soon(self.mode.run)

    def told(self, kind: type) -> list:
        return [event for event in self.inbox.take(10**6) if isinstance(event, kind)]


@virtual
async def test_a_request_is_signed_over_path_and_body_and_not_the_query(nursery):
    desk = Desk(nursery, lambda ask: ok({"a": 1}, poly_ratelimit_remaining="7.5"))
    body = b'{"x":1}'
    reply = await desk.rest.ask(
        LEDGER, "POST", f"{URL}/data/x", body, query={"after": "5"}, sign=desk.key.headers
    )
    (ask,) = desk.host.asked
    assert (reply.status, reply.body, reply.remaining) == (200, b'{"a": 1}', 7.5)
    assert (ask.path, ask.query, ask.body) == ("/data/x", "after=5", body)
    expected = desk.key.headers(1_800_000_000, "POST", "/data/x", body)
    assert {name.lower(): value for name, value in expected.items()}.items() <= ask.headers.items()
    assert ask.headers["accept-encoding"] == "identity"


@virtual
async def test_connections_are_kept_and_a_closed_one_is_replaced(nursery):
    desk = Desk(nursery, lambda ask: ok({}))
    for _ in range(3):
        await desk.rest.read(PUBLIC, f"{URL}/a")
    assert desk.host.connections == 1
    desk.network.cut("clob.local", 80)
    await trio.sleep(0.1)
    await desk.rest.ask(PUBLIC, "GET", f"{URL}/a")
    assert desk.host.connections == 2


@pytest.mark.parametrize("fate", [SILENT, CUT])
def test_no_answer_may_have_been_sent(fate):
    @virtual
    async def play(nursery) -> None:
        desk = Desk(nursery, lambda ask: fate, timeout_s=3.0)
        begun = trio.current_time()
        with pytest.raises(Unreachable) as caught:
            await desk.rest.ask(PLACE, "POST", f"{URL}/order", b"{}")
        assert caught.value.sent
        assert trio.current_time() - begun == (pytest.approx(3.0) if fate == SILENT else 0.0)
        assert len(desk.host.asked) == 1, "nothing is ever sent twice"

    play()


@virtual
async def test_what_could_not_connect_was_not_sent(nursery):
    desk = Desk(nursery, lambda ask: ok({}))
    desk.network.down.add(("clob.local", 80))
    with pytest.raises(Unreachable) as caught:
        await desk.rest.ask(PLACE, "POST", f"{URL}/order", b"{}")
    assert not caught.value.sent
    with pytest.raises(Unreachable):
        await desk.rest.ask(PLACE, "POST", "http://nowhere.local:80/order", b"{}")


@virtual
async def test_a_read_is_tried_once_more(nursery):
    fates = [CUT, ok({"a": 1})]
    desk = Desk(nursery, lambda ask: fates.pop(0))
    assert (await desk.rest.read(PUBLIC, f"{URL}/a")).status == 200
    fates[:] = [CUT, CUT]
    with pytest.raises(Unreachable):
        await desk.rest.read(PUBLIC, f"{URL}/a")


RAW = {
    "rubbish": b"\x00\xff\xfe rubbish\r\n\r\n",
    "endless head": b"HTTP/1.1 200 OK\r\nx: " + b"y" * 300_000,
    "bad length": b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n",
    "short body": b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc",
    "huge body": b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % (ANSWER_MAX + 5)
    + b"x" * (ANSWER_MAX + 5),
    "nothing": b"",
    "binary header": b"HTTP/1.1 200 OK\r\nx: \xff\xfe\r\ncontent-length: 2\r\n\r\n{}",
    "retry-after nonsense": b"HTTP/1.1 200 OK\r\nretry-after: nan\r\ncontent-length: 2\r\n\r\n{}",
}


@pytest.mark.parametrize("sent", RAW.values(), ids=RAW.keys())
def test_a_hostile_answer_is_an_answer_or_none(sent):
    @virtual
    async def play(nursery) -> None:
        desk = Desk(nursery, lambda ask: ok({}), timeout_s=3.0)

        async def serve(stream) -> None:
            try:
                await stream.receive_some()
                await stream.send_all(sent)
                await stream.aclose()
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                pass

        desk.network.listen("clob.local", 80, serve)
        reply, text = None, ""
        try:
            reply = await desk.rest.ask(BOOK, "GET", f"{URL}/book")
        except Unreachable as error:
            text = error.text
        assert len(text) <= 200
        assert reply is None or 0 <= reply.retry_after_s < 1e9

    play()


@virtual
async def test_a_slow_answer_ends_at_the_deadline(nursery):
    desk = Desk(nursery, lambda ask: ok({}), timeout_s=4.0)

    async def drip(stream) -> None:
        try:
            await stream.receive_some()
            for byte in b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n" + b"x" * 1_000:
                await stream.send_all(bytes((byte,)))
                await trio.sleep(0.05)
        except trio.BrokenResourceError:
            pass

    desk.network.listen("clob.local", 80, drip)
    begun = trio.current_time()
    with pytest.raises(Unreachable):
        await desk.rest.ask(BOOK, "GET", f"{URL}/book")
    assert trio.current_time() - begun == pytest.approx(4.0)


@virtual
async def test_an_answer_that_echoes_a_secret_is_cleared(nursery):
    desk = Desk(
        nursery,
        lambda ask: ok({"error": f"bad {ask.headers['poly_passphrase']}"}, 401),
        scrub=lambda text: text.replace("phrase", "[secret]"),
    )
    reply = await desk.rest.ask(LEDGER, "GET", f"{URL}/data/orders", sign=desk.key.headers)
    assert b"phrase" not in reply.body
    (event,) = desk.told(ev.AuthRefused)
    assert "phrase" not in event.text


@virtual
async def test_modes_come_from_answers_and_go_with_time(nursery):
    says = [ok({"error": "restarting"}, 425, retry_after="8")]
    desk = Desk(nursery, lambda ask: says[0])
    await desk.rest.ask(PLACE, "POST", f"{URL}/order", b"{}")
    assert [event.mode for event in desk.told(ev.VenueModeChanged)] == ["restarting"]
    await trio.sleep(7.9)
    assert desk.told(ev.VenueModeChanged) == []
    await trio.sleep(0.2)
    assert [event.mode for event in desk.told(ev.VenueModeChanged)] == ["normal"]
    text = "post-only mode: only post-only orders and cancels are allowed"
    says[0] = ok({"error": text, "code": "post_only_mode", "retry_after_seconds": 79}, 503)
    await desk.rest.ask(PLACE, "POST", f"{URL}/order", b"{}")
    says[0] = ok({})
    await desk.rest.ask(PLACE, "POST", f"{URL}/order", b"{}")
    await trio.sleep(78)
    assert [event.mode for event in desk.told(ev.VenueModeChanged)] == ["post_only"]
    await trio.sleep(2)
    says[0] = ok({"error": "Trading is currently cancel-only. New orders are not accepted"}, 503)
    await desk.rest.ask(PLACE, "POST", f"{URL}/order", b"{}")
    says[0] = ok({})
    await desk.rest.ask(CANCEL, "DELETE", f"{URL}/order", b"{}")
    assert desk.mode.mode == "cancel_only"
    await desk.rest.ask(PLACE, "POST", f"{URL}/order", b"{}")
    modes = [event.mode for event in desk.told(ev.VenueModeChanged)]
    assert modes == ["normal", "cancel_only", "normal"]


@virtual
async def test_a_mode_that_lasts_is_tried_less_and_less_often(nursery):
    desk = Desk(nursery, lambda ask: ok({"error": "x"}, 425))
    times = []
    for _ in range(6):
        await desk.rest.ask(PLACE, "POST", f"{URL}/order", b"{}")
        begun = trio.current_time()
        while desk.mode.mode != "normal":
            await trio.sleep(0.1)
        times.append(trio.current_time() - begun)
    assert times == sorted(times)
    assert times[-1] > 4 * times[0]


@virtual
async def test_rates_restrictions_and_refusals_become_events(nursery):
    says = [ok({}, poly_ratelimit_remaining="-3.25", poly_ratelimit_tier="Gold")]
    desk = Desk(nursery, lambda ask: says[0])
    await desk.rest.ask(CANCEL, "DELETE", f"{URL}/order", b"{}")
    (event,) = desk.told(ev.RateReported)
    assert event.cancel_milli == -3_250
    assert event.place_milli > 10**8
    assert desk.pacing.tier_name == "gold"
    says[0] = ok({}, poly_ratelimit_remaining="-999999999")
    await desk.rest.ask(CANCEL, "DELETE", f"{URL}/order", b"{}")
    (event,) = desk.told(ev.RateReported)
    assert event.cancel_milli == -5 * 80_000, "five seconds of a Standard signer's cancels"
    says[0] = ok({"error": "Trading restricted in your region"}, 403)
    await desk.rest.ask(LEDGER, "GET", f"{URL}/data/orders")
    assert len(desk.told(ev.AccountRestricted)) == 1
    says[0] = ok({"error": "nope"}, 403)
    await desk.rest.ask(GAMMA, "GET", f"{URL}/markets")
    assert desk.told(ev.AccountRestricted) == []


@virtual
async def test_the_heartbeat_chain_is_corrected_at_once(nursery):
    ids = ["first", "second", "third"]
    asked: list[str] = []

    def answer(ask: Ask):
        given = ask.json["heartbeat_id"]
        asked.append(given)
        if given in ("", "second") and len(asked) in (1, 4):
            return ok({"error_msg": "Invalid Heartbeat ID", "heartbeat_id": "given"}, 400)
        return ok({"heartbeat_id": ids.pop(0)})

    desk = Desk(nursery, answer)
    beat = Heartbeat(desk.rest, URL, desk.key.headers, desk.inbox, 5.0)
    nursery.start_soon(beat.run)
    await trio.sleep(11)
    assert asked == ["", "given", "first", "second", "given"]
    assert [type(event).__name__ for event in desk.inbox.take(10)] == ["HeartbeatAcked"] * 3
    assert beat.missed == 0


@virtual
async def test_a_broken_heartbeat_is_told_and_tried_sooner(nursery):
    says = [CUT]
    desk = Desk(nursery, lambda ask: says[0])
    beat = Heartbeat(desk.rest, URL, desk.key.headers, desk.inbox, 5.0)
    nursery.start_soon(beat.run)
    await trio.sleep(3.5)
    assert [type(event) for event in desk.inbox.take(10)] == [ev.HeartbeatMissed] * 4
    says[0] = ok({"error_msg": "Invalid Heartbeat ID", "heartbeat_id": "x"}, 400)
    await trio.sleep(1)
    assert len(desk.host.asked) == 4 + 4, "a chain that never fits is not tried for ever"
    says[0] = ok({"heartbeat_id": "x"})
    await trio.sleep(1)
    assert beat.accepted == 1


@virtual
async def test_an_api_key_is_made_or_derived(nursery):
    key = {"apiKey": "id", "secret": "c2VjcmV0", "passphrase": "phrase"}

    def answer(ask: Ask):
        assert "poly_signature" in ask.headers
        if ask.method == "POST":
            return ok({"error": "Could not create api key"}, 400)
        return ok(key)

    desk = Desk(nursery, answer)
    signer = KeySigner(Secret("key", KEY))
    credentials = await obtain(desk.rest, URL, signer, 137)
    assert credentials.key_id == "id"
    assert credentials.revealed() == key
    assert "phrase" not in repr(credentials)
    desk.host.answer = lambda ask: ok({"error": "no"}, 400)
    with pytest.raises(KeyRefused, match="HTTP 400 no"):
        await obtain(desk.rest, URL, signer, 137)
    desk.host.answer = lambda ask: ok({"secret": "c2VjcmV0"})
    with pytest.raises(KeyRefused, match="unreadable") as caught:
        await obtain(desk.rest, URL, signer, 137)
    assert "c2Vj" not in str(caught.value)


@pytest.mark.parametrize(
    ("off_s", "said"),
    [(0, ""), (2, ""), (-2, ""), (4, "4 s behind"), (-5, "4 s ahead"), (3_600, "behind")],
)
def test_a_live_run_wants_the_venues_clock(off_s, said):
    @virtual
    async def play(nursery):
        clock = TrioClock(Ns(1_800_000_000 * SECOND))
        desk = Desk(nursery, lambda ask: ok(clock.now_ns() // SECOND + off_s))
        fault = await clock_fault(desk.rest, ADDRESSES, clock)
        assert said in fault
        assert bool(fault) == bool(said)

    play()


@virtual
async def test_a_clock_that_says_no_time_is_a_fault(nursery):
    for answer in (ok("soon"), ok({}, 404)):
        desk = Desk(nursery, lambda ask, answer=answer: answer)
        assert "its time" in await clock_fault(desk.rest, ADDRESSES, TrioClock(Ns(SECOND)))


@pytest.mark.parametrize("answer", [ok({}, 500), ok({}, 503), ok({}, 425), ok({}, 429), CUT])
def test_before_a_live_run_no_answer_is_told_from_a_refusal(answer):
    @virtual
    async def play(nursery):
        desk = Desk(nursery, lambda ask: answer)
        sign = desk.key.headers
        signer = KeySigner(Secret("key", KEY))
        for question in (
            partial(clock_fault, desk.rest, ADDRESSES, TrioClock(Ns(SECOND))),
            partial(refusal, desk.rest, ADDRESSES, sign),
            partial(obtain, desk.rest, URL, signer, 137),
        ):
            with pytest.raises(Unreachable):
                await question()

    play()


@virtual
async def test_trading_needs_permission(nursery):
    desk = Desk(nursery, lambda ask: ok({"closed_only": False}))
    sign = desk.key.headers
    assert await refusal(desk.rest, ADDRESSES, sign) == ""
    desk.host.answer = lambda ask: ok({"closed_only": True})
    assert "close" in await refusal(desk.rest, ADDRESSES, sign)
    for says in (ok({}, 400), ok({}, 302), ok([])):
        desk.host.answer = lambda ask, says=says: says
        assert await refusal(desk.rest, ADDRESSES, sign)


def test_a_result_is_only_a_result_when_it_is_one():
    def body(**more: object) -> bytes:
        listed = {
            "closed": True,
            "outcomes": '["Up", "Down"]',
            "outcomePrices": '["1", "0"]',
        }
        return json.dumps(listed | more).encode()

    assert result_of(body()) == 10_000
    assert result_of(body(outcomes='["Down", "Up"]')) == 0
    assert result_of(body(outcomePrices='["0.5", "0.5"]')) == 5_000
    assert result_of(body(outcomePrices='["0.905", "0.095"]')) is None
    assert result_of(body(outcomePrices='["1", "1"]')) is None
    assert result_of(body(closed=False)) is None
    assert result_of(body(outcomePrices="null")) is None
    assert result_of(b"[]") is None


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"events":7}', b'{"a":1}', b"[[]]"])
def test_a_strange_series_has_no_nearest_window(body):
    with pytest.raises(WireError):
        nearest(body, "btc-updown-15m", MarketId(1))
