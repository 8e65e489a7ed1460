"""Transactions of the rule texts: each version of a text is kept, with what it changed."""

from collections.abc import Mapping, Sequence
from difflib import unified_diff
from itertools import islice
from typing import Final

from msgspec.structs import replace

from pmio.store.database import Row, Transaction
from pmio.store.rows import PutCount, RulesKnown, RulesRow, tuples
from pmio.store.schema import RULES_HISTORY, RULES_LATEST

DIFF_LINES: Final = 400
"""Lines, after what is equal at both ends, up to which they are compared one by one."""


def rules_known(tx: Transaction, market_ids: Sequence[str]) -> Mapping[str, RulesKnown]:
    """Digest, parser and version of the markets' texts, of those that have one."""
    rows = tx.rows(
        "SELECT market_id, sha256, parser, version FROM rules_latest"
        f" WHERE {tx.among('market_id')}",
        ids=tx.listed(market_ids),
    )
    return {row[0]: RulesKnown(*row) for row in rows}


def put_rules(tx: Transaction, rules: Sequence[RulesRow]) -> PutCount:
    """Store texts that were read; versions are numbered here, whatever the rows say.

    A new digest is a new version, kept in the history with its difference to the one before; the
    same digest only renews what the parser found. A text of a market that is gone is left out.
    """
    latest = {rule.market_id: rule for rule in rules}
    ids = tx.listed(list(latest))
    present = {
        row[0]: row
        for row in tx.rows(
            "SELECT m.market_id, r.version, r.sha256, r.text, r.seen_ns FROM markets m"
            " LEFT JOIN rules_latest r ON r.market_id = m.market_id"
            f" WHERE {tx.among('m.market_id')}",
            ids=ids,
        )
    }
    kept: list[RulesRow] = []
    history: list[Row] = []
    added = changed = 0
    for market_id, rule in latest.items():
        if market_id not in present:
            continue
        _, version, sha256, text, seen_ns = present[market_id]
        if version is not None and sha256 == rule.sha256:
            kept.append(replace(rule, version=version, seen_ns=seen_ns))
            continue
        added += version is None
        changed += version is not None
        number = 1 if version is None else version + 1
        kept.append(replace(rule, version=number))
        difference = "" if version is None else text_difference(text, rule.text)
        history.append((market_id, number, rule.sha256, rule.text, difference, rule.seen_ns))
    tx.upsert(RULES_LATEST, tuples(kept))
    tx.upsert(RULES_HISTORY, history)
    return PutCount(added=added, changed=changed, unchanged=len(kept) - added - changed)


def texts_to_read(
    tx: Transaction, parser: str, after: str, limit: int
) -> list[tuple[str, str, str]]:
    """Market, digest and text of rules that another parser has read, in the order of markets."""
    return [
        (row[0], row[1], row[2])
        for row in tx.rows(
            "SELECT market_id, sha256, text FROM rules_latest"
            " WHERE parser <> :parser AND market_id > :after ORDER BY market_id LIMIT :limit",
            parser=parser,
            after=after,
            limit=limit,
        )
    ]


def text_difference(old: str, new: str) -> str:
    """The unified difference of two texts by lines, without file names.

    Comparing lines one by one is quadratic in the worst case, so what is equal at both ends is cut
    off first, and where too much is left it is told as replaced in one piece.
    """
    was, now = old.splitlines(), new.splitlines()
    shortest = min(len(was), len(now))
    head = next((at for at in range(shortest) if was[at] != now[at]), shortest)
    left = shortest - head
    tail = next((at for at in range(left) if was[-1 - at] != now[-1 - at]), left)
    if max(len(was), len(now)) - head - tail <= DIFF_LINES:
        return "\n".join(islice(unified_diff(was, now, n=1, lineterm=""), 2, None))
    gone, come = was[head : len(was) - tail], now[head : len(now) - tail]
    mark = f"@@ -{head + 1},{len(gone)} +{head + 1},{len(come)} @@"
    return "\n".join([mark, *(f"-{line}" for line in gone), *(f"+{line}" for line in come)])
