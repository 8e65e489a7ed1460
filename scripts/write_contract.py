"""Write docs/contract.md, the reference of events and effects, from their declarations.

    .venv/bin/python scripts/write_contract.py [FILE]

A test holds the committed page to this, so it cannot say what the code does not.
"""

import ast
import sys
from pathlib import Path
from typing import Any, get_args

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pmcore import events as ev  # noqa: E402 - the project's folder must be on the path first
from pmcore.effects import ANSWERS, AnyEffect, Effect  # noqa: E402

GROUPS = {
    "pmcore.events": "The run and its operator",
    "pmcore.facts": "The world: markets, books, prices",
    "pmcore.order_events": "Our orders and trades",
    "pmcore.account_events": "Our account and the chain",
}
PARTS = {
    "pmcore.market": ("Market", "FeeTerms", "RewardTerms", "Settlement"),
    "pmcore.account_events": ("OpenOrder", "Holding"),
}
UNITS = {
    "Ns": "nanoseconds: since the Unix epoch, or a span",
    "Price": "basis points of the one-dollar payout; 0 is no price",
    "Shares": "micro-shares",
    "Cash": "micro-dollars",
    "OraclePrice": "picodollars per unit of the underlying",
    "MarketId": "the Unix second at which the window starts",
    "OrderId": "our own number of an order; 0 is an order that is not ours",
    "OpId": "our own number of an operation or request",
    "Outcome": "0 Up, 1 Down",
    "Side": "0 BUY, 1 SELL",
    "Kind": "0 GTC, 1 GTD, 2 FOK, 3 FAK",
    "Feed": "0 market, 1 user, 2 chainlink, 3 binance",
    "Source": "0 chainlink, 1 binance, 2 twap_60",
    "Levels": "pairs of Price and Shares, in any order",
}
HEAD = """# The contract

Written by `scripts/write_contract.py` from the declarations in `pmcore`. The core is one function,
`step(state, event) -> effects`. This page lists every event that it takes and every effect that it
may ask for. [Architecture](architecture.md) says how they are used.

Events are facts in the past tense. Each begins with `at_ns`, the moment when it was heard, which
never falls and is left out of the tables. `venue_ns` is the venue's own clock: it explains and
never orders. Effects are requests in the imperative. Each act gets exactly one answer from the
list beside it; an `Unknown` is an answer too. Both are encoded as msgpack arrays that begin with
the name of the type, under schema number {schema}.

## Types

| type | unit or values |
|---|---|
"""


def declared(module: str) -> dict[str, tuple[str, list[tuple[str, str, str]]]]:
    """Classes of a module: docstring, and fields with type text and note, in order."""
    tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
    found = {}
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        fields: list[tuple[str, str, str]] = []
        for line in node.body:
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                fields.append((line.target.id, ast.unparse(line.annotation), ""))
            elif isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and fields:
                name, kind, _ = fields[-1]
                fields[-1] = (name, kind, one_line(str(line.value.value)))
        found[node.name] = (one_line(ast.get_docstring(node) or ""), fields)
    return found


def one_line(text: str) -> str:
    """A docstring as one line that fits a table's cell."""
    return " ".join(text.split()).replace("|", "\\|")


def fields_cell(fields: list[tuple[str, str, str]]) -> str:
    """The fields of a class with their types, and what is said of each."""
    cells = []
    for name, kind, note in fields:
        if name != "at_ns":
            cells.append(f"`{name}` {kind}".replace("|", "\\|") + (f": {note}" if note else ""))
    return "<br>".join(cells) or "–"


def names_cell(kinds: Any) -> str:
    """The names of classes in a row."""
    return ", ".join(f"`{kind.__name__}`" for kind in kinds) or "–"


def page() -> str:
    """The whole page."""
    lines = [HEAD.format(schema=ev.SCHEMA)]
    lines += [f"| {name} | {unit} |\n" for name, unit in UNITS.items()]
    events = get_args(ev.AnyEvent)
    for module, title in GROUPS.items():
        said = declared(module)
        lines.append(f"\n## Events: {title.lower()}\n\n`{module.replace('.', '/')}.py`\n\n")
        lines.append("| event | fields | meaning | answers |\n|---|---|---|---|\n")
        for event in events:
            if event.__module__ == module:
                text, fields = said[event.__name__]
                acts = [effect for effect, answers in ANSWERS.items() if event in answers]
                row = (f"`{event.__name__}`", fields_cell(fields), text, names_cell(acts))
                lines.append("| " + " | ".join(row) + " |\n")
    said = declared("pmcore.effects")
    lines.append(
        "\n## Effects\n\n`pmcore/effects.py`. `Note` is the one effect without an answer.\n\n"
    )
    lines.append("| effect | fields | meaning | answered by one of |\n|---|---|---|---|\n")
    for effect in get_args(AnyEffect):
        assert issubclass(effect, Effect)
        text, fields = said[effect.__name__]
        row = (f"`{effect.__name__}`", fields_cell(fields), text, names_cell(ANSWERS[effect]))
        lines.append("| " + " | ".join(row) + " |\n")
    lines.append("\n## Parts of events\n\n| part | fields | meaning |\n|---|---|---|\n")
    for module, names in PARTS.items():
        said = declared(module)
        for name in names:
            text, fields = said[name]
            lines.append(f"| `{name}` | {fields_cell(fields)} | {text} |\n")
    facts = names_cell(ev.MARKET_FACTS)
    codes = ", ".join(f"`{code}`" for code in ev.REJECT_CODES)
    statuses = ", ".join(f"{at} {name}" for at, name in enumerate(ev.TRADE_STATUS_NAMES))
    lines.append(
        f"\n## Lists\n\n- A tape may hold: {facts}.\n- Codes of `OrderRejected`: {codes}.\n"
    )
    lines.append(f"- Statuses of `TradeReported`: {statuses}.\n")
    return "".join(lines)


def main() -> None:
    """Write the page."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "contract.md"
    path.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
