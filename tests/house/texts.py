"""What the text files may say, and what they promise: links, commands, pins."""

import re
from collections.abc import Iterator
from pathlib import Path

import click

# Bracketed letters keep the patterns from matching the line they stand on.
MACHINE = re.compile(
    r'(^|[^a-z.])/(wor[k]|far[m]|roo[t]|User[s])/|"resolved": *"htt[p]|^--(extra-)?index-ur[l]'
    r"|^--find-link[s]|registry\+htt[p]",
    re.MULTILINE,
)
AUTHORSHIP = re.compile(
    r"co-authored-b[y]|\b(cl[a]ude|anthr[o]pic|opena[i]|chatgp[t]|copilo[t]|language mode[l]s?)\b"
    r"|\b(written|generated|made) (by|with) an? (assistan[t]|agen[t]|mode[l])\b"
    r"|\b(?-i:A[I]|LL[M]s?)\b",
    re.IGNORECASE,
)
LINK = re.compile(r"\]\(<?([^)\s>]+)>?[^)]*\)|(?:src|href)=\"([^\"]+)\"")
FENCE = re.compile(r"^ *```[^\n]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([A-Za-z0-9.!+_-]+)\s*(#.*)?")


def leaks(text: str) -> list[str]:
    """Lines that name this machine, a download address, or how the text came about."""
    return [
        f"{number}: {line.strip()[:120]}"
        for number, line in enumerate(text.splitlines(), 1)
        if MACHINE.search(line) or AUTHORSHIP.search(line)
    ]


def broken_links(page: Path, text: str) -> list[str]:
    """Relative links of a Markdown page that lead to no file."""
    return [name for name in targets(text) if not (page.parent / name).exists()]


def targets(text: str) -> list[str]:
    """What the relative links of a Markdown page name, in order."""
    found = []
    for match in LINK.finditer(FENCE.sub("", text)):
        target = (match[1] or match[2]).split("#")[0]
        if target and not re.match(r"[a-z]+:", target):
            found.append(target)
    return found


def unreached(front: Path, pages: dict[Path, str]) -> list[Path]:
    """Pages to which no chain of links leads from the front page."""
    left, waiting = set(pages), [front]
    while waiting:
        page = waiting.pop()
        if page in left:
            left.remove(page)
            waiting += [(page.parent / name).resolve() for name in targets(pages[page])]
    return sorted(left)


def commands(text: str, program: str) -> Iterator[list[str]]:
    """The words after `program` wherever a code block or code span of a page calls it."""
    spans = [line for block in FENCE.findall(text) for line in block.splitlines()]
    spans += INLINE.findall(FENCE.sub("", text))
    call = re.compile(rf"^\s*(?:[$#>] +)?(?:[A-Z_]+=\S+ +)*(?:\S*/)?{program} +(.*)")
    for span in spans:
        match = call.match(span)
        if match:
            yield match[1].split()


def unknown_command(root: click.Command, called: list[str]) -> str:
    """The first word of a call that should be a sub-command and is none; empty if all are."""
    command: click.Command | None = root
    for word in called:
        if not isinstance(command, click.Group) or not re.fullmatch(r"[a-z][a-z0-9-]*", word):
            return ""
        command = command.get_command(click.Context(command), word)
        if command is None:
            return word
    return ""


def loose_pins(text: str) -> list[str]:
    """Lines of a requirement file that are neither a comment nor `name==version`."""
    return [
        line
        for line in text.splitlines()
        if line.strip() and not line.startswith("#") and not PIN.fullmatch(line)
    ]


def pins(text: str) -> dict[str, str]:
    """The version pinned for each normalized name."""
    return {normal(m[1]): m[2] for line in text.splitlines() if (m := PIN.fullmatch(line))}


def normal(name: str) -> str:
    """A distribution's name as the package index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def required(specifier: str) -> str:
    """The normalized name in a specifier such as `trio>=0.31`."""
    return normal(re.match(r"[A-Za-z0-9._-]+", specifier)[0])
