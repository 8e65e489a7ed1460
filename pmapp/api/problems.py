"""What the API says when it cannot do as asked: problem documents (RFC 9457)."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

CONTENT_TYPE: Final = "application/problem+json"
TITLES: Final = {
    400: "bad request",
    404: "not found",
    405: "method not allowed",
    410: "gone",
    413: "content too large",
    414: "URI too long",
    429: "too many requests",
    500: "internal error",
    503: "service unavailable",
}


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrong with one parameter."""

    parameter: str
    detail: str


class ProblemBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A problem document. `parameter` is the first of `errors`."""

    type: str
    title: str
    status: int
    detail: str
    instance: str = ""
    parameter: str = ""
    errors: tuple[Fault, ...] = ()


class Problem(Exception):  # noqa: N818 - it is an answer
    """Ends a request with a problem document."""

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        faults: Sequence[Fault] = (),
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = tuple(headers)

    def __reduce__(self) -> tuple[Any, ...]:
        # The keywords travel in the dictionary, which is put back over what the call has made.
        return type(self), (self.status, self.kind, self.detail), vars(self)

    def body(self, instance: str) -> bytes:
        """The document; `instance` is the path that was asked for."""
        return msgspec.json.encode(
            ProblemBody(
                type=f"urn:pm-sweep:{self.kind}",
                title=TITLES.get(self.status, self.kind.replace("-", " ")),
                status=self.status,
                detail=self.detail,
                instance=instance,
                parameter=self.faults[0].parameter if self.faults else "",
                errors=self.faults,
            )
        )


def bad_parameters(faults: Sequence[Fault]) -> Problem:
    """400 that names every parameter at fault."""
    detail = "; ".join(f"{fault.parameter}: {fault.detail}" for fault in faults)
    return Problem(400, "bad-parameter", detail, faults=faults)


def unavailable(detail: str, retry_after_s: int = 5) -> Problem:
    """503: the same request may work later."""
    headers = (("Retry-After", str(retry_after_s)),)
    return Problem(503, "database-unavailable", detail, headers=headers)
