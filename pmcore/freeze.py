"""The state as bytes and back: equal states give equal bytes, and a thawed one goes on alike."""

from typing import Final

import msgspec

from pmcore.config import Config, config_of, config_text
from pmcore.state import State

_BLANK: Final = Config()
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(tuple[str, State])


def freeze(state: State) -> bytes:
    """The whole state as bytes: equal states give equal bytes."""
    return _ENCODER.encode(
        (config_text(state.config), msgspec.structs.replace(state, config=_BLANK))
    )


def thaw(frozen: bytes) -> State:
    """The inverse of `freeze`; raises msgspec.DecodeError for bytes of another schema."""
    text, state = _DECODER.decode(frozen)
    state.config = config_of(text)
    return state
