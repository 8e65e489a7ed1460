"""What can go wrong with an HTTP answer, by groups of endpoints.

`applied` decides whether the venue still does what was asked: an order that was taken and an answer
that never came is the case that matters. Texts and codes: venue reference, section 3.6.
"""

from typing import Any, Final

import msgspec

from pmapp.local_venue.http import CUT, SILENT, TORN, Answer, Request, error

GROUPS: Final = ("place", "cancel", "beat", "auth", "book", "orders", "trades", "balance",
                 "gamma", "data", "relayer", "clob", "any")  # fmt: skip
_PLACE: Final = ("/order", "/orders")
_CANCEL: Final = ("/order", "/orders", "/cancel-all", "/cancel-market-orders")
_READS: Final = {
    "/book": "book",
    "/books": "book",
    "/data/orders": "orders",
    "/data/trades": "trades",
    "/balance-allowance": "balance",
    "/v1/heartbeats": "beat",
    "/heartbeats": "beat",
}
TEXTS: Final = {
    400: "Invalid order payload",
    401: "Unauthorized/Invalid api key",
    403: "Trading restricted in your region",
    404: "not found",
    425: "the matching engine is restarting",
    429: "Too Many Requests",
    500: "could not run the execution",
    502: "Bad Gateway",
    503: "Trading is currently disabled. Check polymarket.com for updates",
}


class AnswerFault(msgspec.Struct):
    """One fault of answers: which requests it strikes, how often, what comes instead."""

    on: str
    probability: float
    applied: bool
    """Whether the request is carried out all the same."""
    status: int = 0
    """0 leaves the answer as it is."""
    text: str = ""
    retry_after: int = 0
    fate: str = ""
    delay_ms: int = 0
    garbage: bool = False
    left: int = -1
    """How many requests it still strikes; -1 for any number."""

    def changed(self, answer: Answer) -> Answer:
        """What the client gets in place of `answer`."""
        if self.fate:
            return msgspec.structs.replace(answer, fate=self.fate)
        if self.garbage:
            return Answer(200, b"<html>\xff\xfe not json", (("content-type", "text/html"),))
        if not self.status:
            return answer
        more: dict[str, Any] = {}
        if self.status == 503 and "post-only" in self.text:
            more["code"] = "post_only_mode"
        refusal = error(self.status, self.text or TEXTS.get(self.status, "error"), **more)
        if self.retry_after:
            return refusal.with_headers(("retry-after", str(self.retry_after)))
        return refusal


def group_of(request: Request) -> str:
    """The group of an endpoint."""
    if request.service != "clob":
        return request.service
    path = request.path
    if path.startswith("/auth/"):
        return "auth"
    if request.method == "POST" and path in _PLACE:
        return "place"
    if request.method == "DELETE" and path in _CANCEL:
        return "cancel"
    return _READS.get(path, "clob")


def strikes(fault: AnswerFault, request: Request) -> bool:
    """Whether a fault is about a request."""
    group = group_of(request)
    return fault.on in ("any", group) or (fault.on == "clob" and request.service == "clob")


FATES: Final = {"silent": SILENT, "cut": CUT, "torn": TORN}
