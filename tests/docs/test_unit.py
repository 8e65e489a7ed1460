"""The unit in examples/ is one that systemd takes, and agrees with the program."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pmapp.commands.maker import maker
from pmapp.maker_run.summary import EXITS
from pmapp.refused import NotYet, Refused
from pmio.shell import EMERGENCY_S, EXIT_FAILED, EXIT_OK, STOP_S

UNIT = Path(__file__).resolve().parents[2] / "examples" / "pm-maker.service"
DEAD_MAN_S = 10


def directive(name: str) -> str:
    found = re.findall(rf"^{name}=(.*)$", UNIT.read_text(), re.MULTILINE)
    assert len(found) == 1, name
    return str(found[0])


def test_it_starts_again_after_what_heals_and_after_nothing_else():
    stays_down = {int(code) for code in directive("RestartPreventExitStatus").split()}
    restarted = {EXIT_FAILED, NotYet.exit_code}
    every = {*EXITS, Refused.exit_code, NotYet.exit_code}
    assert stays_down == every - restarted - {EXIT_OK}
    assert directive("Restart") == "on-failure"
    assert int(directive("RestartSec")) > DEAD_MAN_S


def test_a_stop_has_the_time_that_it_takes():
    assert int(directive("TimeoutStopSec")) > STOP_S + EMERGENCY_S
    assert directive("KillSignal") == "SIGTERM"
    assert directive("SendSIGHUP") == "no"


def test_its_command_is_one_of_ours():
    known = {name for param in maker.params for name in param.opts}
    words = directive("ExecStart").split()
    assert words[1] == "maker"
    assert {word for word in words if word.startswith("--")} <= known
    assert "credential:relayer" in words


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_takes_it(tmp_path):
    copy = tmp_path / UNIT.name
    copy.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", UNIT.read_text()))
    got = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, check=False)
    # Of this machine's own units it may have something to say.
    assert UNIT.name not in got.stderr.decode()
