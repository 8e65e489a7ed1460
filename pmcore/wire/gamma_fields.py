"""The fields of a loosely typed object: text, truth, numbers and times in all their spellings.

A field that is there but makes no sense is remembered in `odd` and counts as absent; whoever needs
it decides whether that matters.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from pmcore.units import Ns
from pmcore.wire.frames import EPOCH, FAULTS, MAX_INT, WireError, scaled

TEXT_MAX: Final = 200_000
"""Characters of one text; real rule texts stay below 10,000."""
REAL_MAX: Final = 1e15
_TRUE: Final = frozenset(("true", "1", "yes"))
_FALSE: Final = frozenset(("false", "0", "no", ""))


class Fields:
    """One object, read field by field. The first given name that is there counts."""

    __slots__ = ("_obj", "odd")

    def __init__(self, obj: Mapping[Any, Any]) -> None:
        self._obj = obj
        self.odd: list[str] = []

    def __contains__(self, name: str) -> bool:
        return self._obj.get(name) is not None

    def get(self, name: str) -> Any:
        """The raw value; None where there is none."""
        return self._obj.get(name)

    def text(self, *names: str) -> str:
        """A text or a whole number as text; "" where there is none."""
        return self.optional_text(*names) or ""

    def optional_text(self, *names: str) -> str | None:
        """A text; None where there is none."""
        for name in names:
            value = self._obj.get(name)
            if value is None:
                continue
            if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_INT:
                return str(value)
            if isinstance(value, str) and len(value) <= TEXT_MAX:
                return _storable(value)
            self._note(name)
        return None

    def truth(self, *names: str) -> bool | None:
        """Truth as a boolean, 0 or 1, or a word; None where there is none."""
        for name in names:
            value = self._obj.get(name)
            if value is None:
                continue
            if isinstance(value, bool):
                return value
            if isinstance(value, int | float) and value in (0, 1):
                return value == 1
            word = value.strip().lower() if isinstance(value, str) else None
            if word in _TRUE:
                return True
            if word in _FALSE:
                return False
            self._note(name)
        return None

    def real(self, *names: str) -> float | None:
        """A finite, not negative number of sane size; None where there is none."""
        for name in names:
            value = self._obj.get(name)
            if value is None or value == "":
                continue
            try:
                number = float(value) if not isinstance(value, bool) else -1.0
            except (TypeError, *FAULTS):
                number = -1.0
            if 0.0 <= number <= REAL_MAX:
                return number
            self._note(name)
        return None

    def count(self, places: int, *names: str) -> int:
        """A number as an exact count of `10**-places`, 0 where there is none."""
        for name in names:
            value = self._obj.get(name)
            if value is None or value == "":
                continue
            try:
                return scaled(value, places, name)
            except WireError:
                self._note(name)
        return 0

    def moment(self, *names: str) -> Ns | None:
        """A time as ISO text (without a zone: UTC), seconds or milliseconds; None: none."""
        for name in names:
            value = self._obj.get(name)
            if value is None or value == "":
                continue
            moment = _moment(value)
            if moment is not None:
                return moment
            self._note(name)
        return None

    def first_object(self, name: str) -> "Fields":
        """The first object of a list; an empty object where there is none."""
        value = self._obj.get(name)
        if value is None or value == []:
            return Fields({})
        if isinstance(value, list) and isinstance(value[0], Mapping):
            return Fields(value[0])
        self._note(name)
        return Fields({})

    def _note(self, name: str) -> None:
        if name not in self.odd:
            self.odd.append(name)


def listed(value: object, name: str) -> list[str]:
    """A list of texts, as such or as JSON inside a string, also twice. Raises WireError."""
    for _ in range(2):
        if not isinstance(value, str):
            break
        try:
            value = msgspec.json.decode(value)
        except FAULTS:
            raise WireError(f"{name}: not JSON: {str(value)[:80]}") from None
    if not isinstance(value, list):
        raise WireError(f"{name}: {'missing' if value is None else 'not a list'}")
    texts = [str(item) if isinstance(item, int | float) else item for item in value]
    if not all(isinstance(item, str) for item in texts):
        raise WireError(f"{name}: not a list of texts: {str(value)[:80]}")
    return [_storable(text) for text in texts]


def _storable(text: str) -> str:
    """Text that every database takes: PostgreSQL has no NUL, UTF-8 no lone surrogates."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


def _moment(value: object) -> Ns | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        # The venue's own client takes 1e11 and more for milliseconds.
        scale = 1_000_000 if abs(value) >= 1e11 else 1_000_000_000
        if not abs(value) * scale <= MAX_INT or value < 0:
            return None
        return Ns(int(value) * scale)
    if not isinstance(value, str):
        return None
    try:
        when = datetime.fromisoformat(value.strip())
        if when.tzinfo is None:
            when = when.replace(tzinfo=EPOCH.tzinfo)
        nanoseconds = (when - EPOCH) // timedelta(microseconds=1) * 1_000
    except (ValueError, OverflowError):
        return None
    return Ns(nanoseconds) if 0 <= nanoseconds <= MAX_INT else None
