"""Draw the life of an order from its table, as a page and a picture under docs/pictures/.

    .venv/bin/python scripts/draw_order_life.py [FOLDER]

Nothing is drawn that is not in `pmcore.order.LIFE`; a test holds the committed files to this.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pmcore.order import (  # noqa: E402 - the project's folder must be on the path first
    FINAL,
    HAPPENING_NAMES,
    LIFE,
    STATUS_NAMES,
)

LEFT, TOP, LANE, STEP, GAP = 118, 96, 52, 12, 18
COLOURS = (
    "#6b7280",
    "#15803d",
    "#b45309",
    "#7c3aed",
    "#b91c1c",
    "#0369a1",
    "#374151",
    "#9d174d",
)
"""One colour a status: an arrow has that of the status it leads to."""


def page() -> str:
    """Markdown: the picture, the moves status by status, and the whole table."""
    lines = [
        "# The life of an order",
        "",
        "Drawn by `scripts/draw_order_life.py` from the table `LIFE` in"
        " [`pmcore/order.py`](../../pmcore/order.py).",
        "",
        "![Each column is a happening; an arrow leads from a status to the next,"
        " a dot means that it stays](order-life.svg)",
        "",
        "## Moves",
        "",
        "| from | to | when |",
        "|---|---|---|",
    ]
    for status, row in enumerate(LIFE):
        moves: dict[int, list[str]] = {}
        for happening, after in enumerate(row):
            if after != status:
                moves.setdefault(after, []).append(HAPPENING_NAMES[happening])
        for after, names in sorted(moves.items()):
            lines.append(f"| {STATUS_NAMES[status]} | {STATUS_NAMES[after]} | {', '.join(names)} |")
    lines += [
        "",
        "## The whole table",
        "",
        "A dot means that the status stays. Statuses in italics are final.",
        "",
        "| | " + " | ".join(HAPPENING_NAMES) + " |",
        "|---" * (len(HAPPENING_NAMES) + 1) + "|",
    ]
    for status, row in enumerate(LIFE):
        name = STATUS_NAMES[status]
        cells = ["·" if after == status else STATUS_NAMES[after] for after in row]
        lines.append(f"| {f'*{name}*' if FINAL[status] else name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def picture() -> str:
    """SVG: a lane for each status, a column for each happening, an arrow for each move."""
    column = GAP + STEP * len(STATUS_NAMES)
    width = LEFT + column * len(HAPPENING_NAMES) + GAP
    height = TOP + LANE * len(STATUS_NAMES) + 4
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" font-family="DejaVu Sans, Verdana, sans-serif"'
        ' font-size="14">',
        "<title>The life of an order: each column is a happening, each arrow a move</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        '<text x="8" y="20" font-size="17" fill="#111827">The life of an order</text>',
        '<text x="8" y="40" fill="#4b5563">Each column is a happening. An arrow leads from a'
        " status to the next and has the colour of that one; a dot means that the status stays."
        " Shaded statuses are final.</text>",
    ]
    for status, name in enumerate(STATUS_NAMES):
        y = TOP + LANE * status
        if FINAL[status]:
            parts.append(f'<rect y="{y}" width="{width}" height="{LANE}" fill="#f3f4f6"/>')
        middle = y + LANE // 2
        parts.append(
            f'<line x1="{LEFT}" x2="{width - GAP}" y1="{middle}" y2="{middle}" stroke="#d1d5db"/>'
        )
        parts.append(
            f'<text x="8" y="{middle + 4}" font-weight="bold"'
            f' fill="{COLOURS[status]}">{name}</text>'
        )
    for happening, name in enumerate(HAPPENING_NAMES):
        x = LEFT + column * happening
        middle = x + column // 2
        parts.append(
            f'<line x1="{x}" x2="{x}" y1="{TOP - 26}" y2="{height - 4}" stroke="#e5e7eb"/>'
        )
        parts.append(
            f'<text x="{middle}" y="{TOP - 10}" text-anchor="middle" fill="#111827">{name}</text>'
        )
        for status, row in enumerate(LIFE):
            parts.append(_move(x + GAP + STEP * status, status, row[happening]))
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _move(x: int, status: int, after: int) -> str:
    """One cell of the table: a dot in the lane, or an arrow to another lane."""
    begin = TOP + LANE * status + LANE // 2
    if after == status:
        return f'<circle cx="{x}" cy="{begin}" r="2" fill="#9ca3af"/>'
    end = TOP + LANE * after + LANE // 2
    down = 1 if end > begin else -1
    tip = end - 9 * down
    return (
        f'<path d="M{x} {begin}V{tip}" stroke="{COLOURS[after]}" stroke-width="2"/>'
        f'<circle cx="{x}" cy="{begin}" r="3" fill="{COLOURS[after]}"/>'
        f'<path d="M{x - 4} {tip}h8L{x} {end}z" fill="{COLOURS[after]}"/>'
    )


FILES = {"order-life.md": page, "order-life.svg": picture}


def main() -> None:
    """Write both files."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in FILES.items():
        (folder / name).write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
