"""Where secrets come from, what is refused, and that nothing shows them."""

import json
import logging
import os

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmio.secrets import HIDDEN, LENGTH_MAX, Scrubber, Secret, SecretError, read_secret, scrub
from tests.signing.test_signer import told
from tests.signing.vectors import KEY

TEXT = "hunter2-hunter2-hunter2"


def test_from_environment():
    secret = read_secret("key", "env:PM_KEY", {"PM_KEY": f" {TEXT}\n"})
    assert (secret.name, secret.reveal()) == ("key", TEXT)


def test_the_process_environment_is_the_default(monkeypatch):
    monkeypatch.setenv("PM_TEST_SECRET", TEXT)
    assert read_secret("key", "env:PM_TEST_SECRET").reveal() == TEXT


@pytest.mark.parametrize("environ", [{}, {"PM_KEY": ""}, {"PM_KEY": " \n"}])
def test_absent_variable_is_named(environ):
    with pytest.raises(SecretError, match="'key' from environment variable PM_KEY: it is not set"):
        read_secret("key", "env:PM_KEY", environ)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "key"
    path.write_text(TEXT + "\n", encoding="utf-8")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_from_private_file(file, mode):
    file.chmod(mode)
    assert read_secret("key", f"file:{file}").reveal() == TEXT


OPEN_MODES = [0o400 | mode for mode in (0o001, 0o004, 0o040, 0o020, 0o002, 0o244, 0o377)]


@pytest.mark.parametrize("mode", [*OPEN_MODES, 0o640, 0o644, 0o660, 0o666, 0o700, 0o4600, 0o440])
def test_file_that_others_may_open_is_refused(file, mode):
    file.chmod(mode)
    with pytest.raises(SecretError, match=f"mode is {mode:04o}.*chmod 600") as caught:
        read_secret("key", f"file:{file}")
    assert str(file) in str(caught.value)
    assert TEXT not in str(caught.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_file_of_another_user_is_refused(file):
    os.chown(file, 12345, -1)
    with pytest.raises(SecretError, match="belongs to user 12345, not to us"):
        read_secret("key", f"file:{file}")


def test_owner_is_judged_by_what_was_opened(file, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid + 77)
    if file.stat().st_uid:
        with pytest.raises(SecretError, match="belongs to user"):
            read_secret("key", f"file:{file}")
    else:
        assert read_secret("key", f"file:{file}").reveal() == TEXT


def test_link_is_judged_by_its_target(file, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(file)
    assert read_secret("key", f"file:{link}").reveal() == TEXT
    file.chmod(0o644)
    with pytest.raises(SecretError, match="mode is 0644"):
        read_secret("key", f"file:{link}")


def test_what_is_no_file_is_refused(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    for path in (pipe, tmp_path):
        with pytest.raises(SecretError, match="not a regular file"):
            read_secret("key", f"file:{path}")
    with pytest.raises(SecretError, match="No such file or directory; check the path"):
        read_secret("key", f"file:{tmp_path}/gone")


@pytest.mark.parametrize("raw", [b"", b"\n \n", b"\xff\xfe", b"a\nb", b"a\x00b", b"x" * 65_537])
def test_file_without_one_text_is_refused(file, raw):
    file.write_bytes(raw)
    with pytest.raises(SecretError, match="it is not one short text") as caught:
        read_secret("key", f"file:{file}")
    assert len(raw.strip()) < 2 or repr(raw)[2:-1] not in told(caught.value)
    assert len(b"x" * 65_537) == LENGTH_MAX + 1


def test_from_credential(file):
    environ = {"CREDENTIALS_DIRECTORY": str(file.parent)}
    assert read_secret("key", "credential:key", environ).reveal() == TEXT
    with pytest.raises(SecretError, match="from credential gone: No such file"):
        read_secret("key", "credential:gone", environ)
    file.chmod(0o444)
    with pytest.raises(SecretError, match="from credential key: its mode is 0444"):
        read_secret("key", "credential:key", environ)


@pytest.mark.skipif(os.geteuid() != 0, reason="systemd's credentials are root's")
def test_credential_by_access_list_is_0440(file):
    file.chmod(0o440)
    environ = {"CREDENTIALS_DIRECTORY": str(file.parent)}
    assert read_secret("key", "credential:key", environ).reveal() == TEXT


@pytest.mark.parametrize("folder", [None, "", "relative"])
def test_credential_outside_a_service_is_refused(folder):
    environ = {} if folder is None else {"CREDENTIALS_DIRECTORY": folder}
    with pytest.raises(SecretError, match=r"CREDENTIALS_DIRECTORY is not set; run as a service"):
        read_secret("key", "credential:key", environ)


@pytest.mark.parametrize("name", ["../key", "/etc/key", "a/b", ".", "..", ".key", "a b", "ä"])
def test_credential_cannot_leave_its_folder(name, tmp_path):
    with pytest.raises(SecretError, match="no name of a credential"):
        read_secret("key", f"credential:{name}", {"CREDENTIALS_DIRECTORY": str(tmp_path)})


@pytest.mark.parametrize(
    "source",
    [KEY, KEY[2:], "", "exec:cat /etc/key", "cmd:pass show", "https://x/y", "a\nenv:B"],
)
def test_source_of_another_kind_is_refused_and_not_shown(source):
    """A secret that was pasted where its source belongs must not end in the log."""
    with pytest.raises(SecretError, match="no source of secrets; name one as env:NAME") as caught:
        read_secret("key", source, {})
    assert not source or source not in str(caught.value)


@pytest.mark.parametrize("source", ["env:" + KEY, "env:0x12", "env:A-B", "file:" + KEY, "file:x/y"])
def test_secret_pasted_behind_a_prefix_is_not_shown(source):
    with pytest.raises(SecretError, match=r"no name of a variable|an absolute path") as caught:
        read_secret("key", source, {})
    assert source.split(":")[1] not in str(caught.value)


def test_errors_tell_their_parts():
    with pytest.raises(SecretError) as caught:
        read_secret("wallet key", "env:PM_KEY", {})
    error = caught.value
    assert (error.name, error.place) == ("wallet key", "environment variable PM_KEY")
    assert error.remedy == "set it, or name another source"
    with pytest.raises(SecretError, match="'empty'"):
        Secret("empty", "")


def test_secret_is_equal_by_text_and_has_no_hash():
    assert Secret("a", TEXT) == Secret("b", TEXT)
    assert Secret("a", TEXT) != Secret("a", TEXT + "x")
    assert Secret("a", TEXT) != TEXT
    with pytest.raises(TypeError, match="unhashable"):
        hash(Secret("a", TEXT))


def test_secret_cannot_be_encoded(caplog):
    secret = Secret("key", TEXT)
    for encode in (json.dumps, msgspec.json.encode, msgspec.msgpack.encode):
        with pytest.raises(TypeError) as caught:
            encode({"key": secret})
        assert TEXT not in str(caught.value)
    with caplog.at_level(logging.INFO):
        logging.getLogger("pm").info("key %s %r", secret, [secret])
    assert caplog.messages == [f"key {HIDDEN} [Secret('key')]"]


SPELLINGS = {
    "plain": lambda key: key,
    "without 0x": lambda key: key[2:],
    "upper": lambda key: key.upper(),
    "mixed": lambda key: key.title(),
    "decimal": lambda key: str(int(key, 16)),
    "bytes": lambda key: repr(bytes.fromhex(key[2:])),
    "json": lambda key: json.dumps({"k": key}),
    "list": lambda key: str([key]),
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_scrubbed_in_every_spelling(spelling):
    shown = f"at start {spelling(KEY)} at end"
    got = scrub(shown, [Secret("key", KEY)])
    assert HIDDEN in got
    assert got.startswith("at start ")
    assert got.endswith(" at end")
    assert not any(s(KEY) in got for s in SPELLINGS.values())


@given(text=st.text(min_size=6, max_size=40), before=st.text(max_size=9), after=st.text(max_size=9))
def test_scrubbed_wherever_it_stands(text, before, after):
    secret = Secret("s", text)
    clear = scrub(f"{before}{text}{after}", [secret])
    assert text not in clear or text in HIDDEN
    in_json = scrub(json.dumps([before, text, after]), [secret])
    assert json.dumps(text)[1:-1] not in in_json or text in HIDDEN


@given(text=st.text(max_size=60))
def test_other_texts_are_left_alone(text):
    assert scrub(text, []) == text
    assert scrub(text, [Secret("key", KEY)]) == text


def test_secret_inside_another_leaves_no_end():
    secrets = [Secret("short", "abcdef12"), Secret("long", "abcdef12-tail-of-it")]
    for ordered in (secrets, secrets[::-1]):
        assert scrub("x abcdef12-tail-of-it y abcdef12 z", ordered) == (f"x {HIDDEN} y {HIDDEN} z")


def test_scrubber_shows_nothing():
    scrubber = Scrubber([Secret("key", KEY)])
    assert repr(scrubber) == str(scrubber) == "Scrubber()"
    assert scrubber(f"a {KEY} b") == f"a {HIDDEN} b"
    with pytest.raises(TypeError, match="cannot be copied"):
        scrubber.__reduce_ex__(4)
