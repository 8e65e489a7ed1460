"""Secrets: where they are read, what they are wrapped in, and how texts are cleared of them.

A secret is named by its source, and never written where the source belongs:

    env:PM_KEY               a variable of the environment
    file:/etc/pm/key         a file that only its owner can read: mode 0600 or 0400
    credential:pm-key        a file of that name in $CREDENTIALS_DIRECTORY (LoadCredential=)

No source runs a command: its arguments, its output and its errors would all be places to leak.
What is read is held in a `Secret`, which shows its name wherever a value is shown, logged, copied
or pickled, and gives the text to `reveal()` alone. Errors say which secret, which source and what
to do; they never show what was read, nor a source that might be a secret pasted in its place.
"""

import hmac
import json
import os
import re
import stat
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import quote

HIDDEN: Final = "[secret]"
LENGTH_MAX: Final = 65_536
"""Bytes of the longest secret that is read: more than this is the wrong file."""

_SOURCE: Final = re.compile(r"(env|file|credential):(.+)")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_CREDENTIAL: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}")
_SOURCES: Final = "env:NAME, file:/absolute/path or credential:NAME"


class SecretError(Exception):
    """A secret cannot be had. `name` says which, `place` where it was sought, `remedy` what to do.

    None of the three is, or contains, the secret.
    """

    def __init__(self, name: str, place: str, fault: str, remedy: str) -> None:
        super().__init__(f"secret {name!r} from {place}: {fault}; {remedy}")
        self.name = name
        self.place = place
        self.fault = fault
        self.remedy = remedy

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, self.place, self.fault, self.remedy)


class Secret:
    """A text that is shown, formatted, copied and pickled as its name only."""

    __slots__ = ("_text", "name")

    def __init__(self, name: str, text: str) -> None:
        if not text:
            raise SecretError(name, "its source", "it is empty", "write the secret there")
        self.name = name
        self._text = text

    def reveal(self) -> str:
        """The text itself. Do not keep it in a variable of a function that can fail."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({self.name!r})"

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, spec: str) -> str:
        return HIDDEN

    def __eq__(self, other: object) -> bool:
        """Equal texts; the time taken does not tell where two differ."""
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    __hash__ = None  # type: ignore[assignment]

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"secret {self.name!r} cannot be copied or pickled")


def read_secret(name: str, source: str, environ: Mapping[str, str] | None = None) -> Secret:
    """The secret called `name` from `source`; white space around it is dropped.

    Raises SecretError. `environ` is the process's environment unless given.
    """
    environ = os.environ if environ is None else environ
    found = _SOURCE.fullmatch(source)
    if found is None:
        remedy = f"name one as {_SOURCES}; never the secret itself"
        raise SecretError(name, "an unnamed source", "it is no source of secrets", remedy)
    kind, where = found.groups()
    if kind == "env":
        return _from_environment(name, where, environ)
    if kind == "credential":
        return _from_credential(name, where, environ)
    if not Path(where).is_absolute():
        place = "a relative file"
        raise SecretError(name, place, "it depends on where we run", "write an absolute path")
    return _from_file(name, f"file {where}", Path(where), credential=False)


def _from_environment(name: str, variable: str, environ: Mapping[str, str]) -> Secret:
    if not _VARIABLE.fullmatch(variable):
        raise SecretError(name, "env", "that is no name of a variable", "write env:NAME")
    text = environ.get(variable, "").strip()
    if not text:
        place = f"environment variable {variable}"
        raise SecretError(name, place, "it is not set, or empty", "set it, or name another source")
    return Secret(name, text)


def _from_credential(name: str, credential: str, environ: Mapping[str, str]) -> Secret:
    if not _CREDENTIAL.fullmatch(credential):
        remedy = "write credential:NAME, as in LoadCredential=NAME:/path"
        raise SecretError(name, "credential", "that is no name of a credential", remedy)
    folder = environ.get("CREDENTIALS_DIRECTORY", "")
    place = f"credential {credential}"
    if not Path(folder).is_absolute():
        remedy = f"run as a service with LoadCredential={credential}:/path, or name another source"
        raise SecretError(name, place, "$CREDENTIALS_DIRECTORY is not set", remedy)
    return _from_file(name, place, Path(folder) / credential, credential=True)


def _from_file(name: str, place: str, path: Path, *, credential: bool) -> Secret:
    """Read a file after looking at what was opened, so that nothing can be put in its place."""
    try:
        # Not blocking: a pipe in the file's place must not hold the start-up.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        fault = error.strerror or type(error).__name__
        remedy = "check the path and who may read it"
        raise SecretError(name, place, fault, remedy) from None
    try:
        fault, remedy = _exposure(os.fstat(handle), credential)
        text = None if fault else _text_of(handle)
    finally:
        os.close(handle)
    if text is None:
        fault = fault or "it is not one short text"
        remedy = remedy or "write the secret, and nothing else, there"
        raise SecretError(name, place, fault, remedy)
    return Secret(name, text)


def _text_of(handle: int) -> str | None:
    """An open file's content as one line of text, or None. Raises nothing that shows it."""
    try:
        with open(handle, "rb", closefd=False) as file:
            raw = file.read(LENGTH_MAX + 1)
        if len(raw) > LENGTH_MAX:
            return None
        text = raw.decode("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return text if text and text.isprintable() else None


def _exposure(status: os.stat_result, credential: bool) -> tuple[str, str]:
    """What is wrong with a secret file's type, owner or mode, and its remedy; else ("", "").

    A credential that systemd grants to a user by an access list is root's and shows as 0440: the
    group bits are the list's mask there, and no group reads it.
    """
    mode, owner, us = stat.S_IMODE(status.st_mode), status.st_uid, os.geteuid()
    if not stat.S_ISREG(status.st_mode):
        return "it is not a regular file", "name a file"
    if owner not in (us, 0):
        return f"it belongs to user {owner}, not to us ({us})", f"chown {us} it"
    allowed = (0o600, 0o400, 0o440) if credential and owner == 0 else (0o600, 0o400)
    if mode not in allowed:
        return f"its mode is {mode:04o}, so others may read or change it", "chmod 600 it"
    return "", ""


class Scrubber:
    """Texts cleared of a set of secrets, in every spelling that a log line could give them."""

    __slots__ = ("_pattern",)

    def __init__(self, secrets: Iterable[Secret]) -> None:
        forms = {form for secret in secrets for form in _spellings(secret.reveal())}
        # Longest first: a form that contains another must not leave its ends behind.
        ordered = sorted(forms, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(ordered)) if ordered else None

    def __call__(self, text: str) -> str:
        """`text` with every secret replaced by `[secret]`."""
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)

    def __repr__(self) -> str:
        return "Scrubber()"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a scrubber holds secrets and cannot be copied or pickled")


def scrub(text: str, secrets: Iterable[Secret]) -> str:
    """`text` with every one of `secrets` replaced. For many texts make one `Scrubber`."""
    return Scrubber(secrets)(text)


def _spellings(text: str) -> set[str]:
    """Patterns of a secret: as it is, in JSON, in a URL, in Python, in base64; hex in any case."""
    forms = {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    forms |= {quote(text), quote(text, safe=""), repr(text)[1:-1], repr(text.encode())[2:-1]}
    digits = text[2:] if text[:2] in ("0x", "0X") else text
    patterns = set()
    if re.fullmatch(r"(?:[0-9a-fA-F]{2}){8,}", digits):
        raw = bytes.fromhex(digits)
        forms |= {str(int(digits, 16)), repr(raw)[2:-1]}
        forms |= {encode(raw).decode() for encode in (b64encode, urlsafe_b64encode)}
        patterns.add(f"(?i:{digits})")
    encoded = text.encode()
    forms |= {encode(encoded).decode().rstrip("=") for encode in (b64encode, urlsafe_b64encode)}
    return patterns | {re.escape(form) for form in forms if form}
