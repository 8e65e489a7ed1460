"""Texts with their expected flags written into them: `{{code/severity|the words}}`, nestable."""

import re
from pathlib import Path

FOLDER = Path(__file__).with_name("texts")
MARK = re.compile(r"\{\{([a-z_]+)/([a-z]+)\||\}\}")


def marked(text: str) -> tuple[str, dict[str, tuple[str, list[tuple[int, int]]]]]:
    """The plain text, and for each code its severity and spans in ascending order."""
    plain, found, open_marks, at = "", {}, [], 0
    for match in MARK.finditer(text):
        plain += text[at : match.start()]
        at = match.end()
        if match[1]:
            open_marks.append((match[1], match[2], len(plain)))
        else:
            code, severity, start = open_marks.pop()
            found.setdefault(code, (severity, []))[1].append((start, len(plain)))
    assert not open_marks
    plain += text[at:]
    return plain, {code: (severity, sorted(spans)) for code, (severity, spans) in found.items()}


def texts() -> dict[str, str]:
    """Name and marked text of every file."""
    return {
        file.stem: file.read_text(encoding="utf-8").removesuffix("\n")
        for file in sorted(FOLDER.glob("*.txt"))
    }
