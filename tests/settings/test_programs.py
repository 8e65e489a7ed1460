"""The maker and the scanner are configured alike: same sources, same faults, same words."""

import attrs
import pytest
from click.testing import CliRunner

from pmapp.cli import main
from pmapp.maker_settings import MAKER
from pmapp.services.service_settings import SCANNER
from pmapp.settings import Program, SettingsError, settings_from
from pmcore.config_tree import key_docs


@attrs.frozen
class Case:
    """A program, and keys of each kind in it."""

    program: Program
    command: tuple[str, ...]
    number: str
    whole: str
    choice: str
    choices: str

    def variable(self, name):
        return self.program.prefix + name.upper().replace(".", "__")


CASES = (
    Case(
        MAKER,
        ("config",),
        "trading.base_size_shares",
        "trading.ladder_levels",
        "merge.path",
        "relayer, eoa",
    ),
    Case(
        SCANNER,
        ("sweep", "config"),
        "cadence.score_s",
        "serve.in_flight",
        "bounds.velocity_basis",
        "close, cash",
    ),
)
pytestmark = pytest.mark.parametrize("case", CASES, ids=("maker", "scanner"))


def problems(case, file, environ, sets, folder):
    with pytest.raises(SettingsError) as refusal:
        settings_from(case.program, file, environ, sets, folder)
    return refusal.value.problems


def as_text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_toml(value):
    return repr(value) if isinstance(value, str) else as_text(value)


def test_every_key_can_come_from_each_source(case, tmp_path):
    docs = key_docs(case.program.root)
    default = case.program.root()
    environ = {case.variable(doc.name): as_text(doc.default) for doc in docs}
    settings = settings_from(case.program, None, environ, (), tmp_path)
    assert settings.config == default
    assert [settings.source(doc.name) for doc in docs] == list(environ)
    sets = [f"{doc.name}={as_text(doc.default)}" for doc in docs]
    settings = settings_from(case.program, None, environ, sets, tmp_path)
    assert settings.config == default
    assert [settings.source(doc.name) for doc in docs] == [f"--set {text}" for text in sets]
    rows = [f"{doc.name} = {as_toml(doc.default)}" for doc in docs]
    file = tmp_path / case.program.file_name
    file.write_text("\n".join(rows), encoding="utf-8")
    settings = settings_from(case.program, None, {}, (), tmp_path)
    assert settings.config == default
    assert {settings.source(doc.name) for doc in docs} == {str(file)}


def test_text_of_another_kind(case, tmp_path):
    for name, kind in ((case.number, "a number"), (case.whole, "a whole number")):
        variable, option = case.variable(name), f"{name}=abc"
        fault = f"{name}: must be {kind}, not 'abc'"
        assert problems(case, None, {variable: "abc"}, (), tmp_path) == [f"{fault} ({variable})"]
        assert problems(case, None, {}, (option,), tmp_path) == [f"{fault} (--set {option})"]


def test_everything_wrong_in_a_file(case, tmp_path):
    file = tmp_path / "bad.toml"
    section, _, key = case.number.partition(".")
    lines = ["loose = 1", f"{case.whole} = 2.5", f"{case.choice} = 'never'", "[elsewhere]"]
    lines += ["x = 1", f"[{section}]", "nonsense = 1", f"{key} = 'abc'"]
    if case.whole.startswith(f"{section}."):
        del lines[1]
        lines.append(f"{case.whole.partition('.')[2]} = 2.5")
    file.write_text("\n".join(lines), encoding="utf-8")
    told = problems(case, file, {}, (), tmp_path)
    starts = (
        f"{case.number}: must be a number, not 'abc'",
        f"{case.whole}: must be a whole number, not 2.5",
        f"{case.choice}: 'never' is not one of {case.choices}",
        f"{section}.nonsense: unknown key; known here: ",
        "elsewhere: unknown section; known here: ",
        "loose: unknown section; known here: ",
    )
    assert len(told) == len(starts)
    for start in starts:
        line = next(line for line in told if line.startswith(start))
        assert line.endswith(f" ({file})")


def test_all_sources_are_told_of_at_once(case, tmp_path):
    file = tmp_path / case.program.file_name
    file.write_text(f"{case.choice} = 'never'", encoding="utf-8")
    environ = {case.variable(case.number): "abc", f"{case.program.prefix}A__B": "1", "A__B": "1"}
    told = problems(case, None, environ, ("x", f"{case.whole}=1000000000"), tmp_path)
    ends = (
        f"({file})",
        f"({case.variable(case.number)})",
        f"({case.program.prefix}A__B)",
        "--set x: not of the form section.key=value",
        f"(--set {case.whole}=1000000000)",
    )
    assert len(told) == len(ends)
    for end in ends:
        assert any(line.endswith(end) for line in told)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"[cadence\n", "line 1"),
        (b"\xff", "is not UTF-8 text"),
        (None, "No such file or directory"),
    ],
)
def test_files_that_cannot_be_used(case, content, fault, tmp_path):
    file = tmp_path / "bad.toml"
    if content is not None:
        file.write_bytes(content)
    (told,) = problems(case, file, {}, (), tmp_path)
    assert told.startswith(f"{file}: ")
    assert fault in told


def test_refusal_says_where_the_keys_are_listed(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    variable = case.variable(case.number)
    done = CliRunner().invoke(main, case.command, env={variable: "abc"})
    shown = f"pm {' '.join(case.command)}"
    assert done.exit_code == 2
    assert case.program.shown_by == shown
    remedy = f"{case.program.title} cannot be used (see `{shown}` for every key and its range):"
    fault = f"{case.number}: must be a number, not 'abc' ({variable})"
    assert done.output.strip().endswith(f"{remedy}\n  {fault}")
