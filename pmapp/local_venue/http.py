"""Requests and answers of the venue's REST services as values, without any socket.

A handler returns an `Answer`, or a `Promise` of one where the venue holds its answer back: a
marketable order is answered after the taker delay.
"""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import msgspec

_ENCODE: Final = msgspec.json.Encoder().encode
JSON: Final = ("content-type", "application/json")
SILENT: Final = "silent"
"""Never answered: the connection stays open and says nothing."""
CUT: Final = "cut"
"""The connection is closed instead of an answer."""
TORN: Final = "torn"
"""The connection is closed in the middle of the body."""


class Request(msgspec.Struct, frozen=True):
    """One request. `path` is without query; header names are lower case."""

    service: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""

    def header(self, name: str) -> str:
        """A header's value, "" if it is not there."""
        return self.headers.get(name, "")


class Answer(msgspec.Struct, frozen=True):
    """One answer. `fate` is "" or what becomes of it instead: SILENT, CUT or TORN."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = (JSON,)
    fate: str = ""

    def with_headers(self, *more: tuple[str, str]) -> "Answer":
        """The same answer with further headers."""
        return msgspec.structs.replace(self, headers=self.headers + more)


Hear = Callable[[Answer], None]


class Promise:
    """An answer that comes later, exactly once."""

    __slots__ = ("answer", "waiting")

    def __init__(self) -> None:
        self.answer: Answer | None = None
        self.waiting: list[Hear] = []

    def then(self, hear: Hear) -> None:
        """Call `hear` with the answer, now or when it comes."""
        if self.answer is not None:
            hear(self.answer)
        else:
            self.waiting.append(hear)

    def keep(self, answer: Answer) -> None:
        """The answer is here; a second one is dropped."""
        if self.answer is None:
            self.answer = answer
            waiting, self.waiting = self.waiting, []
            for hear in waiting:
                hear(answer)


def request_of(
    service: str, method: str, target: str, headers: dict[str, str], body: bytes = b""
) -> Request:
    """A request from its target (`/path?query`)."""
    path, _, query = target.partition("?")
    pairs = dict(parse_qsl(query, keep_blank_values=True))
    return Request(service, method.upper(), unquote(path), pairs, headers, body)


def ok(content: Any) -> Answer:
    """200 with `content` as JSON."""
    return Answer(200, _ENCODE(content))


def raw(body: bytes, status: int = 200) -> Answer:
    """An answer whose JSON is encoded already."""
    return Answer(status, body)


def error(status: int, text: str, **more: Any) -> Answer:
    """`{"error": text}`, "sometimes" with `code` and `retry_after_seconds` (section 3.6)."""
    answer = Answer(status, _ENCODE({"error": text, **more}))
    after = more.get("retry_after_seconds")
    return answer if after is None else answer.with_headers(("retry-after", str(after)))
