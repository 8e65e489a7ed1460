"""The venue's error object, in the spellings of its endpoints. Source: reference, section 3.6."""

from typing import Final

import msgspec

from pmcore.wire.frames import FAULTS, excerpt_of


class ErrorBody(msgspec.Struct, gc=False):
    """`error` in most answers, `error_msg` of heartbeats, `errorMsg` of orders."""

    error: str | None = None
    error_msg: str | None = None
    errorMsg: str | None = None  # noqa: N815
    code: str | None = None
    retry_after_seconds: float | None = None
    heartbeat_id: str | None = None

    @property
    def text(self) -> str:
        """Whichever of the texts is there, at most 200 characters."""
        return (self.error or self.error_msg or self.errorMsg or "")[:200]


_ERROR: Final = msgspec.json.Decoder(ErrorBody)


def error_of(body: bytes) -> ErrorBody:
    """The error object of a body; the raw text as its error where it is not one."""
    try:
        return _ERROR.decode(body)
    except FAULTS:
        return ErrorBody(error=excerpt_of(body))
