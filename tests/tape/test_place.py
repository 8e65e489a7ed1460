"""A tape replaces a file, and never what stands for something else."""

import os
import socket

import pytest
from click.testing import CliRunner

from pmapp.cli import main
from pmio.tape import TapeError, TapeMeta, read_tape, write_tape

META = TapeMeta(source="test", prefix="")


def pipe(path):
    os.mkfifo(path)


def link(path):
    path.with_name("target").write_bytes(b"precious")
    path.symlink_to("target")


def dangling(path):
    path.symlink_to("nowhere")


def folder(path):
    path.mkdir()


def listener(path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


MADE = {
    "a pipe": pipe,
    "a symbolic link": link,
    "a symbolic  link": dangling,
    "a folder": folder,
    "a socket": listener,
}


@pytest.mark.parametrize("kind", MADE)
def test_what_is_no_file_is_left_alone(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    path = tmp_path / "out"
    MADE[kind](path.relative_to(tmp_path))
    before = os.lstat(path)
    with pytest.raises(TapeError, match=" ".join(kind.split())):
        write_tape(path, [], META)
    assert os.lstat(path) == before
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".part")]


def test_an_older_tape_is_replaced(tmp_path):
    path = tmp_path / "out"
    path.write_bytes(b"old")
    write_tape(path, [], META)
    assert list(read_tape(path)) == []


@pytest.mark.parametrize("name", [".", "/", ".."])
def test_a_place_without_a_name_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TapeError, match=r"has no name|is a folder"):
        write_tape(name, [], META)


@pytest.mark.parametrize("out", [".", "pipe"])
def test_the_command_says_so_before_it_reads(tmp_path, monkeypatch, out):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    words = ["tape", "import", "raw-session", "nowhere", "--out", out]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2, done.output
    assert f"{out}: --out " in done.output
    assert "a name of its own" in done.output
