"""Rule texts: read again only when their digest or the reader itself has changed.

The text of a listing comes with the list; only a market whose listing has none is asked for singly.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cache, partial
from importlib import resources
from typing import Any, Final

import msgspec
import trio

from pmcore.sweep.definition_risk import DefinitionRisk, definition_risk
from pmcore.units import SECOND
from pmio.ingest.as_of_clock import ServiceClock
from pmio.ingest.venue_client import VenueClient, VenueDown, VenueRefused
from pmio.store.rows import PutCount, RulesRow, codes_text
from pmio.store.store import Store

READ_AT_ONCE: Final = 200
"""Texts that are parsed and stored in one batch."""
ASKED_MAX: Final = 20_000
ASK_AGAIN_NS: Final = 86_400 * SECOND


class RulesCount(msgspec.Struct, frozen=True):
    """What a round over texts came to."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    read_again: int = 0
    """Known texts, read again because the reader is another one."""
    absent: int = 0
    """The venue has no text for the market."""
    failed: int = 0

    def __add__(self, other: "RulesCount") -> "RulesCount":
        fields = self.__struct_fields__
        return RulesCount(*(getattr(self, name) + getattr(other, name) for name in fields))


def text_digest(text: str) -> str:
    """SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def parser_digest() -> str:
    """Digest of the reader: its tables and its code, so that any change of either shows."""
    total = hashlib.sha256()
    files = [file for file in resources.files("pmcore.sweep").iterdir() if _of_reader(file.name)]
    for file in sorted(files, key=lambda file: file.name):
        total.update(file.read_bytes())
    return total.hexdigest()[:16]


def rules_row(market_id: str, text: str, sha256: str, seen_ns: int) -> RulesRow:
    """The row of a text, parsed. Pure but for the digest of the parser."""
    risk = definition_risk(text)
    return RulesRow(
        market_id=market_id,
        version=0,  # the store numbers versions
        sha256=sha256,
        seen_ns=seen_ns,
        parser=parser_digest(),
        definition_risk=risk.score,
        flag_codes=codes_text(risk.codes),
        characters=len(text),
        flags=msgspec.json.encode(flags_json(risk)).decode(),
        text=text,
    )


def flags_json(risk: DefinitionRisk) -> list[dict[str, Any]]:
    """The flags as they are stored and served."""
    return [
        {
            "code": flag.code,
            "severity": flag.severity,
            "weight": flag.weight,
            "evidence_spans": [{"start": start, "end": end} for start, end in flag.evidence_spans],
            "explanation": flag.explanation,
        }
        for flag in risk.flags
    ]


class RuleReader:
    """Keeps the stored texts and what was read in them up to date."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asked: OrderedDict[str, int] = OrderedDict()

    async def take(self, texts: Mapping[str, str], seen_ns: int) -> RulesCount:
        """Texts that were just seen, by market: parse and store the new and the changed ones."""
        known = await self._store.rules_known(list(texts))
        due: list[tuple[str, str, str]] = []
        again = 0
        for market_id, text in texts.items():
            sha256 = text_digest(text)
            before = known.get(market_id)
            if before is None or before.sha256 != sha256:
                due.append((market_id, text, sha256))
            elif before.parser != parser_digest():
                due.append((market_id, text, sha256))
                again += 1
        count = await self._read(due, seen_ns)
        return RulesCount(count.added, count.changed, len(texts) - len(due), again)

    async def read_again(self, seen_ns: int) -> RulesCount:
        """All stored texts that another reader has read: after an update of the program."""
        total = RulesCount()
        after = ""
        while texts := await self._store.texts_to_read(parser_digest(), after, READ_AT_ONCE):
            await self._read([(market, text, sha) for market, sha, text in texts], seen_ns)
            total += RulesCount(read_again=len(texts))
            after = texts[-1][0]
        return total

    async def ask(
        self, client: VenueClient, clock: ServiceClock, until_ns: int, limit: int
    ) -> RulesCount:
        """Ask singly for the texts of markets that have none yet, at most `limit` of them.

        Raises VenueDown after what was received until then has been stored.
        """
        now_ns = clock.now_ns()
        wanted = await self._store.markets_without_rules(until_ns, limit + len(self._asked))
        due = [one for one in wanted if self._may_ask(one, now_ns)][:limit]
        total = RulesCount()
        texts: dict[str, str] = {}
        down: VenueDown | None = None
        for market_id in due:
            try:
                text = await client.fetch_rules(market_id)
            except VenueRefused:
                total += RulesCount(failed=1)
                self._note_asked(market_id, now_ns)
                continue
            except VenueDown as error:
                down = error
                break
            if text is None:
                total += RulesCount(absent=1)
                self._note_asked(market_id, now_ns)
            else:
                texts[market_id] = text
            if len(texts) >= READ_AT_ONCE:
                total += await self.take(texts, now_ns)
                texts = {}
        if texts:
            total += await self.take(texts, now_ns)
        if down is not None:
            raise down
        return total

    async def _read(self, due: Sequence[tuple[str, str, str]], seen_ns: int) -> PutCount:
        added = changed = unchanged = 0
        for start in range(0, len(due), READ_AT_ONCE):
            batch = due[start : start + READ_AT_ONCE]
            # Half a millisecond a text: in a thread, so that the loop stays awake.
            rows = await trio.to_thread.run_sync(partial(_rows, batch, seen_ns))
            count = await self._store.put_rules(rows)
            added, changed = added + count.added, changed + count.changed
            unchanged += count.unchanged
        return PutCount(added, changed, unchanged)

    def _may_ask(self, market_id: str, now_ns: int) -> bool:
        return now_ns - self._asked.get(market_id, -ASK_AGAIN_NS) >= ASK_AGAIN_NS

    def _note_asked(self, market_id: str, now_ns: int) -> None:
        self._asked[market_id] = now_ns
        if len(self._asked) > ASKED_MAX:
            self._asked.popitem(last=False)


def _rows(batch: Sequence[tuple[str, str, str]], seen_ns: int) -> list[RulesRow]:
    return [rules_row(market, text, sha256, seen_ns) for market, text, sha256 in batch]


def _of_reader(name: str) -> bool:
    return name.endswith(".py") and (name.startswith("rule") or name == "definition_risk.py")
