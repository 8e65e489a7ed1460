"""The state as bytes and back: equal states give equal bytes, and a thawed one goes on alike.

Thawing goes through the classes' own initialisers: an object of a compiled class that is made in
any other way is half made, and the first call of one of its methods ends the process.
"""

from dataclasses import fields, replace
from typing import Any, Final, TypeVar

import cattrs
import msgspec

from pmcore.config import Config, config_of, config_text
from pmcore.hints import HINTS
from pmcore.state import State

PartT = TypeVar("PartT")

_BLANK: Final = Config()
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(tuple[str, dict[str, Any]])


def freeze(state: State) -> bytes:
    """The whole state as bytes: equal states give equal bytes."""
    return _ENCODER.encode((config_text(state.config), replace(state, config=_BLANK)))


def thaw(frozen: bytes) -> State:
    """The inverse of `freeze`; raises msgspec.DecodeError for bytes of another schema."""
    text, plain = _DECODER.decode(frozen)
    state = rebuilt(State, plain)
    state.config = config_of(text)
    return state


def rebuilt(kind: type[PartT], plain: object) -> PartT:
    """A part of the state out of the plain values that its bytes hold; raises as `thaw` does."""
    try:
        return _CONVERTER.structure(plain, kind)
    except (LookupError, TypeError, ValueError) as error:
        raise msgspec.DecodeError(f"not a {kind.__name__} of this program: {error!r}") from error


def _remember_hints() -> None:
    """Give compiled classes their whole annotations back (see `hints`)."""
    for kind, hints in HINTS.items():
        kind.__annotations__ = hints
        for field in fields(kind):
            field.type = hints.get(field.name, field.type)


def _converter() -> cattrs.Converter:
    """Plain values into dataclasses and named tuples; what msgspec made, it makes again."""
    converter = cattrs.Converter(detailed_validation=False)
    converter.register_structure_hook(Config, lambda _value, _kind: _BLANK)
    converter.register_structure_hook_func(
        lambda kind: isinstance(kind, type) and issubclass(kind, msgspec.Struct), msgspec.convert
    )
    # Its own hook does not know a compiled one; they hold nothing but numbers.
    converter.register_structure_hook_func(
        lambda kind: hasattr(kind, "_fields"), lambda values, kind: kind(*values)
    )
    return converter


_remember_hints()
_CONVERTER: Final = _converter()
