"""`pm simulate`: the whole bot and its venue on virtual time, with faults by seed."""

import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from pmapp.refused import Refused

if TYPE_CHECKING:
    from pmapp.simulate.outcome import Played, Simulated

FIELD = re.compile(r"(\d+)(?:\.\.(\d+))?")


def _range(ctx: click.Context, param: click.Parameter, value: str) -> range:
    """`A..B`: the seeds from A up to but not including B, as Python's ranges are; `A` is one."""
    found = FIELD.fullmatch(value)
    if found is None:
        told = f"{value!r} is not A..B with two whole numbers (0..200), nor one"
        raise click.BadParameter(told, ctx, param)
    first = int(found[1])
    end = int(found[2]) if found[2] is not None else first + 1
    if end <= first:
        told = f"{value!r} holds no seed: B is left out, so it must be above A"
        raise click.BadParameter(told, ctx, param)
    return range(first, end)


@click.command()
@click.option(
    "--seeds",
    callback=_range,
    default="0..20",
    metavar="A..B",
    show_default=True,
    help="Which seeds: B is left out, so 0..200 is 200 of them. One number is one seed.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="Processes; the results are the same with any number.",
)
@click.option("--verbose", is_flag=True, help="Show the plan of each seed and what happened.")
@click.option(
    "--journals",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the journals here, a folder for each seed, for `pm replay`.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def simulate(
    ctx: click.Context,
    seeds: range,
    jobs: int,
    verbose: bool,
    journals: Path | None,
    as_json: bool,
) -> None:
    """Run the bot against the local venue, both on virtual time, and break everything on the way.

    Each seed is a market, a network and a plan of faults: of the venue, of connections, and deaths
    of the bot in mid-write. While they last it may do nothing wrong; when they are over it must be
    quoting again, its books must be the venue's to the micro-dollar, and its journals must replay
    byte for byte. Exit code 0: all of it held for every seed. 1: it did not; each failure is
    listed with the command that shows it again. docs/whole_bot.md says what is checked.
    """
    from pmapp.screen_progress import progress_bar
    from pmapp.simulate.seeds import simulate as run

    if verbose or journals is not None:
        found = _watched(seeds, journals, verbose and not as_json)
    else:
        with progress_bar("simulate", len(seeds), "seeds") as progress:
            found = run(seeds, min(jobs, len(seeds)), progress)
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(found), indent=2))
    else:
        _print(found)
    ctx.exit(1 if found.failures else 0)


def _watched(seeds: range, journals: Path | None, verbose: bool) -> "Simulated":
    """One seed after the other, each shown when it is done."""
    from pmapp.simulate.play import play
    from pmapp.simulate.seeds import summed

    played = []
    began = time.monotonic()
    for seed in seeds:
        folder = journals / f"seed-{seed}" if journals is not None else None
        if folder is not None and folder.exists() and any(folder.iterdir()):
            raise Refused(f"{folder}: is not empty (choose another folder, or empty it)")
        one = play(seed, folder)
        if verbose:
            _show(one)
        played.append(one)
    return summed(seeds, played, time.monotonic() - began)


def _show(one: "Played") -> None:
    from pmapp.simulate.plan import plan_of

    for line in plan_of(one.seed).lines():
        click.echo(line)
    click.echo("what happened:")
    for line in one.log:
        click.echo(f"  {line}")
    click.echo(f"  digest {one.digest or '-'}, {one.events:,} events, {one.cpu_s:g} s of CPU\n")


def _print(found: "Simulated") -> None:
    for failure in found.failures:
        click.echo(f"FAILED seed {failure.seed}, {failure.phase}, {failure.at_s:g} s in:")
        for line in failure.what.splitlines():
            click.echo(f"  {line}")
        click.echo(f"  again: {failure.command}")
    rows = (
        ("seeds", f"{found.seeds:,}, from {found.first} to {found.end - 1}"),
        ("failures", f"{len(found.failures):,}"),
        ("events", f"{found.events:,}, and {found.effects:,} effects, {found.fills:,} fills"),
        ("faults", f"{found.faults:,}, {found.lives:,} lives of the bot, {found.kills:,} kills"),
        ("quoting", f"again after {_told(found.quoting_after_s)}"),
        ("books", f"the venue's after {_told(found.agreed_after_s)}"),
        (
            "time",
            f"{found.virtual_seconds:,.0f} s of the venue's in {found.seconds:,.1f} s "
            f"({found.cpu_seconds:,.1f} s of CPU)",
        ),
        ("digest", found.digest),
    )
    for name, text in rows:
        click.echo(f"{name:<10}{text}")


def _told(spread: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:g} s" for name, value in spread.items()) or "-"
