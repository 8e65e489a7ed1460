"""One REST connection: a request in, an answer or `Unreachable` out.

Every request has a deadline for the whole of it, a bound on the size of its answer, and its turn in
the pacing, for which it waits within bounds. Nothing is sent twice: whether a lost request may be
repeated is known to whoever asked, and for a submit the answer is always no (its fate is read from
the venue by its precomputed id).
`Rest` is one pool of connections; cancels and heartbeats have their own, so neither ever waits
behind a stuck post.
"""

from collections.abc import Callable, Mapping
from contextlib import aclosing
from typing import Any, Final, Protocol

import httpx
import msgspec
import trio

from pmcore.units import SECOND, Ns
from pmio.http_backend import CONNECT_FAILURES, FAILURES, HttpTransport
from pmio.network import Network
from pmio.pacing import Pacing

TIMEOUT_S: Final = 5.0
AGENT: Final = "pm-trader"


class Unreachable(Exception):  # noqa: N818 - it is an outcome
    """No answer. `sent` says whether the request may have reached the venue."""

    def __init__(self, text: str, sent: bool) -> None:
        super().__init__(text)
        self.text = text
        self.sent = sent

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.text, self.sent)


class Reply(msgspec.Struct, frozen=True):
    """An answer: status, body, and the headers that we look at."""

    status: int
    body: bytes
    retry_after_s: float = 0.0
    remaining: float | None = None
    """Tokens left in the signer's bucket; may be negative for cancels."""
    tier: str = ""

    def check_health(self, what: str) -> None:
        """Raise Unreachable for an answer that only says that there is none for now."""
        if self.status >= 500 or self.status in (425, 429):
            raise Unreachable(f"{what}: HTTP {self.status}", sent=True)


class Sign(Protocol):
    """Makes the headers that prove who asks; `ApiKey.headers` is one."""

    def __call__(
        self, timestamp_s: int, method: str, path: str, body: bytes = b""
    ) -> dict[str, str]:
        """Headers for a path (a query is not signed) and the very bytes of the body."""


Heard = Callable[[str, Reply], None]
"""Hears every answer with the group of its request."""


class Rest:
    """A pool of connections, used for one purpose."""

    def __init__(
        self,
        network: Network,
        pacing: Pacing,
        now_ns: Callable[[], Ns],
        *,
        heard: Heard | None = None,
        scrub: Callable[[str], str] | None = None,
        connections: int = 4,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.pacing = pacing
        self.heard = heard
        self._now_ns = now_ns
        self._scrub = scrub
        self._timeout_s = timeout_s
        self._transport = HttpTransport(network, connections)
        self._client = httpx.AsyncClient(
            transport=self._transport,
            timeout=None,  # the deadline of the whole request is ours
            trust_env=False,
            headers={"user-agent": AGENT, "accept": "application/json"},
        )

    async def ask(
        self,
        group: str,
        method: str,
        url: str,
        body: bytes = b"",
        *,
        query: Mapping[str, str] | None = None,
        sign: Sign | None = None,
        timeout_s: float = 0.0,
        paced: bool = True,
    ) -> Reply:
        """Send one request and read its answer. Raises Unreachable.

        `url` is host and path without query; `paced=False` where the caller took the turn already.
        """
        if paced and (wait := await self.pacing.turn(group)) > 0.0:
            raise Unreachable(not_yet(wait), sent=False)
        limit_s = timeout_s or self._timeout_s
        sent = False
        try:
            request = self._request(method, url, body, query, sign)
            with trio.fail_after(limit_s):
                sent = True
                reply = await self._exchange(request)
        except CONNECT_FAILURES as error:
            raise Unreachable(self._told(error), sent=False) from None
        except trio.TooSlowError:
            raise Unreachable(f"no answer in {limit_s:g} s", sent) from None
        except FAILURES as error:
            raise Unreachable(self._told(error), sent) from None
        if self.heard is not None:
            self.heard(group, reply)
        return reply

    async def read(
        self,
        group: str,
        url: str,
        *,
        query: Mapping[str, str] | None = None,
        sign: Sign | None = None,
        timeout_s: float = 0.0,
    ) -> Reply:
        """GET, and once more where the connection failed: reading twice does no harm."""
        try:
            return await self.ask(group, "GET", url, query=query, sign=sign, timeout_s=timeout_s)
        except Unreachable:
            return await self.ask(group, "GET", url, query=query, sign=sign, timeout_s=timeout_s)

    @property
    def connections(self) -> int:
        """Connections that are open or being opened."""
        return self._transport.connections

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    def _request(
        self,
        method: str,
        url: str,
        body: bytes,
        query: Mapping[str, str] | None,
        sign: Sign | None,
    ) -> httpx.Request:
        # What is not compressed cannot be a bomb.
        more = {"accept-encoding": "identity"}
        if body:
            more["content-type"] = "application/json"
        request = self._client.build_request(
            method, url, content=body or None, params=query, headers=more
        )
        if sign is not None:
            path = request.url.raw_path.decode("ascii").partition("?")[0]
            now_s = self._now_ns() // SECOND
            request.headers.update(sign(now_s, method, path, body))
        return request

    async def _exchange(self, request: httpx.Request) -> Reply:
        answer = await self._client.send(request, stream=True)
        try:
            # Raw: an encoding that was not asked for is not undone.
            chunks: Any = answer.aiter_raw()
            async with aclosing(chunks):
                parts = [chunk async for chunk in chunks]
        finally:
            await answer.aclose()
        return self._reply(request.method, answer, b"".join(parts))

    def _reply(self, method: str, answer: httpx.Response, body: bytes) -> Reply:
        if self._scrub is not None and (answer.status_code >= 400 or method != "GET"):
            # A text that echoes our credentials must not reach the journal.
            body = self._scrub(body.decode("utf-8", "replace")).encode()
        head = answer.headers
        return Reply(
            answer.status_code,
            body,
            max(0.0, _number(head.get("retry-after", "")) or 0.0),
            _number(head.get("poly-ratelimit-remaining", "")),
            head.get("poly-ratelimit-tier", "")[:40],
        )

    def _told(self, error: Exception) -> str:
        text = f"{type(error).__name__}: {error}"[:160]
        return self._scrub(text) if self._scrub is not None else text


def not_yet(wait_s: float) -> str:
    """What is said of a request that the pacing holds back for longer than anyone waits."""
    return f"the limit opens in {wait_s:.1f} s"


def _number(text: str) -> float | None:
    """A header's finite number of sane size, else None (a date of Retry-After, nonsense)."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e9 else None
