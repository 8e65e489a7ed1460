"""No secret is in the journal, the notes, the meters or an error, whatever the venue echoes."""

import msgspec
import pytest
import trio

from pmapp.local_venue.http import Hear, Request, error
from pmapp.local_venue.http_server import serve_http
from tests.shell.rig import KEY, Rig
from tests.shell.virtual import virtual

FAULTS = [
    ("answer", {"on": "any", "status": 401, "for_s": 3.0}),
    ("answer", {"on": "any", "garbage": True, "for_s": 3.0}),
    ("answer", {"on": "any", "fate": "cut", "for_s": 3.0}),
    ("garbage", {"channel": "user", "sort": "text"}),
    ("cut", {"channel": "user"}),
    ("close", {"channel": "all"}),
    ("broken_beat", {"count": 3}),
    ("relayer_failing", {"for_s": 5.0}),
]


def said(rig: Rig) -> bytes:
    """Everything that a run leaves behind."""
    meters = [feed.meter for side in (rig.shell.market, rig.side) for feed in side.feeds]
    left = [rig.journal.records, rig.notes, meters, repr(rig.side.__dict__), repr(rig.credentials)]
    return msgspec.msgpack.encode(left) + rig.frozen() + repr(rig.shell.failure).encode()


def check_no_secret(rig: Rig) -> None:
    left = said(rig)
    revealed = rig.credentials.revealed()
    for secret in (KEY, KEY[2:], revealed["secret"], revealed["passphrase"]):
        assert secret.encode() not in left


@virtual
async def test_no_secret_is_left_behind_by_a_run_with_faults(nursery):
    rig = Rig(nursery)
    await rig.live({"oracle.price_source": "polybolt", "risk.max_auth_failures": 100})
    await rig.until(lambda rig: rig.shell.quoting.is_set())
    for kind, params in FAULTS:
        rig.fault(kind, **params)
        await trio.sleep(4)
    check_no_secret(rig)
    await rig.stop()
    check_no_secret(rig)


@pytest.mark.parametrize("path", ["/order", "/orders", "/data/trades", "/data/orders"])
def test_a_venue_that_echoes_the_request_teaches_the_journal_nothing(path):
    @virtual
    async def play(nursery) -> None:
        rig = Rig(nursery)

        def ask(request: Request, hear: Hear) -> None:
            if request.path == path:
                heads = " ".join(f"{name}={text}" for name, text in request.headers.items())
                hear(error(400, heads))
            else:
                rig.host.ask(request, hear)

        rig.network.listen("clob.local", 80, lambda stream: serve_http(stream, "clob", ask))
        await rig.live()
        await trio.sleep(15)
        check_no_secret(rig)
        await rig.stop()

    play()
