"""After a run with every kind of fault no secret is in anything that the run leaves behind."""

import base64
import json
import urllib.parse

import msgspec
import trio

from pmapp.local_venue.fault_kinds import KINDS
from pmapp.maker_run.summary import Beginning, Named, lines, summary_of
from pmcore.events import ResumeAsked
from pmcore.state import RUNNING
from pmcore.units import MICRO
from pmio.journal import JournalHead, JournalReader, JournalWriter
from tests.maker_run.watched import RELAYER_KEY, Watched, written
from tests.shell.rig import KEY
from tests.shell.virtual import virtual

SORTS = ("text", "empty", "truncated", "types", "unknown", "deep", "non_utf8", "no_frame")
MORE = [
    *({"kind": "garbage", "channel": "all", "sort": sort} for sort in SORTS),
    *({"kind": "answer", "on": "any", "status": code, "text": "no"} for code in (400, 401, 403)),
    *({"kind": "answer", "on": "any", "fate": fate} for fate in ("silent", "cut", "torn")),
    {"kind": "answer", "on": "any", "garbage": True},
    {"kind": "cut", "channel": "all"},
    {"kind": "close", "channel": "user"},
    {"kind": "cut", "channel": "polybolt"},
]
"""Beside each kind as it is by default."""
GENTLE = {"flood": {"per_s": 1_000}}
SETTINGS = {
    "oracle.price_source": "polybolt",
    "risk.max_auth_failures": 100,
    "risk.allow_auto_resume": True,
    "risk.auto_resume_after_s": 1,
}


def spellings(secret: str) -> set[bytes]:
    """A secret as anybody might have written it down."""
    texts = {secret, json.dumps(secret)[1:-1], urllib.parse.quote(secret, safe=""), repr(secret)}
    texts.add(base64.b64encode(secret.encode()).decode().rstrip("="))
    texts.add(base64.urlsafe_b64encode(secret.encode()).decode().rstrip("="))
    found = {text.encode() for text in texts}
    digits = secret.removeprefix("0x")
    if len(digits) == 64 and all(c in "0123456789abcdefABCDEF" for c in digits):
        raw = bytes.fromhex(digits)
        also = (digits.upper(), digits.lower(), str(int(digits, 16)), repr(raw)[2:-1])
        found |= {text.encode() for text in also}
        found |= {raw, base64.b64encode(raw), base64.urlsafe_b64encode(raw)}
    return found


def check(left: bytes, rig: Watched) -> None:
    revealed = rig.credentials.revealed()
    for secret in (KEY, RELAYER_KEY, revealed["secret"], revealed["passphrase"]):
        for spelling in spellings(secret):
            assert spelling not in left, f"a secret of {len(secret)} characters was left behind"


async def suffer(rig: Watched) -> bytes:
    """Every kind of fault, one after the other; what was shown meanwhile."""
    shown = []
    kinds = [{"kind": kind, **GENTLE.get(kind, {})} for kind in KINDS]
    for params in (*kinds, *MORE):
        number = rig.fault(**params)
        await trio.sleep(2.0)
        rig.heal(number)
        await trio.sleep(0.5)
        if rig.state.safety.mode != RUNNING:
            rig.shell.inbox.hear(ResumeAsked)
        shown += [rig.ask(path).body for path in ("/metrics", "/healthz", "/readyz", "/quotes")]
    return b"\n".join(shown)


def test_nothing_is_left_behind(tmp_path):
    assert len(KINDS) >= 48
    seen: list[str] = []

    @virtual
    async def play(nursery) -> None:
        rig = Watched(nursery)
        journal = JournalWriter(tmp_path, JournalHead(run_id="run", mode="live"))
        await rig.begin(SETTINGS, journal)
        begun = Beginning.of(rig.state, rig.state.now_ns)
        await rig.quoting()
        shown = await suffer(rig)
        objects = repr((rig.side.__dict__, rig.credentials, rig.wallet, rig.shell.__dict__))
        crash(rig)
        await rig.until(lambda rig: rig.code is not None, 60)
        assert rig.shell.failure is not None
        rig.log.error("failed", exc_info=rig.shell.failure)
        logged = rig.stream.getvalue()
        seen.extend(line["event"] for line in rig.lines())
        named = Named("run", "live", "local", str(tmp_path))
        tally, code = rig.watch.tally, rig.code
        assert tally.counts["orders_placed"] > 150
        assert tally.ledger.fills > 20
        summary = summary_of(named, rig.state, tally, begun, code, None, (0, ""))
        told = msgspec.json.encode(summary) + "\n".join(lines(summary)).encode()
        batches = [(batch.heard, batch.asked) for batch in JournalReader(tmp_path)]
        records = b"".join(part for batch in batches for part in batch)
        assert len(records) > MICRO // 4
        left = (shown, logged.encode(), told, written(tmp_path), records, objects.encode())
        for part in left:
            check(part, rig)
        # What was cleared away was there: the search is not for something that never comes.
        assert "[secret]" in logged

    play()
    assert {"garbled", "feed_lost", "order_rejected", "heartbeat_missed", "failed"} <= set(seen)


def crash(rig: Watched) -> None:
    """A mistake of ours whose text holds every secret there is."""
    secrets = rig.credentials.revealed() | {"key": KEY, "relayer": RELAYER_KEY}

    def fail(event: object) -> None:
        raise RuntimeError(f"{event} with {secrets}")

    rig.shell.drive._tap = fail


def test_the_search_finds_every_spelling():
    found = spellings(KEY)
    assert len(found) >= 10
    for spelling in (KEY.encode(), bytes.fromhex(KEY[2:]), KEY[2:].upper().encode()):
        assert spelling in found
