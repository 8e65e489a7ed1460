"""How keys and their values are written for people."""

from itertools import groupby

from pmcore.config_key import KeyDoc


def by_section(docs: list[KeyDoc]) -> list[tuple[str, list[KeyDoc]]]:
    """Each section with its keys, in order."""
    grouped = groupby(docs, lambda doc: doc.name.partition(".")[0])
    return [(section, list(keys)) for section, keys in grouped]


def range_text(doc: KeyDoc) -> str:
    """What a key accepts, in words."""
    if doc.choices:
        return ", ".join(doc.choices)
    if isinstance(doc.default, bool):
        return "true, false"
    if doc.low is None:
        return "any text"
    return f"{plain(doc.low)} .. {plain(doc.high)}"


def plain(value: object) -> str:
    """A value as the file would write it, without needless zeros."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)
