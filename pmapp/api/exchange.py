"""One request and its answer as values, without any web framework."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from pmapp.api.shown import Body

JSON: Final = "application/json"
CSV: Final = "text/csv; charset=utf-8"
TEXT: Final = "text/plain; charset=utf-8"
SECURITY: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
)
"""Headers of every answer: nothing here is to be run, framed or guessed at."""


class Ask(msgspec.Struct, frozen=True):
    """What was asked: header names are lower case."""

    path: str
    pairs: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    prefers_csv: bool = False


class Answer(msgspec.Struct, frozen=True):
    """What is answered."""

    status: int
    content: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...] = ()


def encoded(value: Any) -> Body:
    """A value as the body of an answer, in JSON."""
    return Body(msgspec.json.encode(value))


def answered(
    ask: Ask, body: Body, content_type: str = JSON, headers: tuple[tuple[str, str], ...] = ()
) -> Answer:
    """200 with the body, compressed where that is accepted; 304 where the asker has it already."""
    headers = (
        *headers,
        ("ETag", body.etag),
        # To be kept, and asked for again each time with the tag.
        ("Cache-Control", "no-cache"),
        ("Vary", "Accept, Accept-Encoding"),
    )
    if matches(ask.headers.get("if-none-match", ""), body.etag):
        return Answer(304, b"", content_type, headers)
    zipped = body.zipped() if accepts_gzip(ask.headers.get("accept-encoding", "")) else None
    if zipped is None:
        return Answer(200, body.content, content_type, headers)
    return Answer(200, zipped, content_type, (*headers, ("Content-Encoding", "gzip")))


def matches(if_none_match: str, etag: str) -> bool:
    """Whether the header names the tag, compared weakly (RFC 9110, 13.1.2)."""
    wanted = etag.removeprefix("W/")
    tags = (tag.strip() for tag in if_none_match.split(","))
    return any(tag == "*" or tag.removeprefix("W/") == wanted for tag in tags)


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether the header lets us compress with gzip (RFC 9110, 12.5.3)."""
    accepted = {"gzip": False}
    for part in accept_encoding.lower().split(","):
        name, *parameters = (word.strip() for word in part.split(";"))
        weight = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            accepted[name] = float(weight) > 0.0
        except ValueError:
            accepted[name] = False
    return accepted["gzip"] or ("*" in accepted and accepted["*"] and "gzip" not in accept_encoding)
