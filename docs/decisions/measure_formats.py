"""The measurements of 0008-tape-and-journal-formats.md.

    .venv/bin/python docs/decisions/measure_formats.py

The facts are those of one synthetic market of 15 minutes. Zstandard is measured where the package
`zstandard` happens to be installed, Parquet where `duckdb` is; neither is a dependency of a run.
"""

import importlib
import importlib.util
import statistics
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from pmcore.events import LevelChanged  # noqa: E402 - the project's folder must be on the path first
from pmcore.sim.nature import nature  # noqa: E402
from pmcore.sim.nature_terms import NatureTerms  # noqa: E402
from pmio.tape import FACTS_PER_BLOCK, TapeMeta, read_tape, write_tape  # noqa: E402

ROUNDS = 9


def timed(work: Callable[[], object]) -> str:
    """Milliseconds: median of the rounds, fastest and slowest."""
    spent = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        work()
        spent.append((time.perf_counter() - begin) * 1_000)
    return f"{statistics.median(spent):7.1f} ms ({min(spent):.1f} .. {max(spent):.1f})"


def codecs() -> dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]]:
    """Compressors that are installed here."""
    found: dict[str, Any] = {
        f"zlib {level}": (lambda b, level=level: zlib.compress(b, level), zlib.decompress)
        for level in (1, 3, 6, 9)
    }
    if importlib.util.find_spec("zstandard"):
        zstandard = importlib.import_module("zstandard")
        for level in (3, 9):
            found[f"zstd {level}"] = (
                zstandard.ZstdCompressor(level=level).compress,
                zstandard.ZstdDecompressor().decompress,
            )
    return found


def main() -> None:
    """Print sizes and times."""
    facts = list(nature(1, NatureTerms()))
    encode = msgspec.msgpack.Encoder().encode
    rest = iter(facts)
    blocks = []
    while block := list(islice(rest, FACTS_PER_BLOCK)):
        blocks.append(encode(block))
    raw = sum(map(len, blocks))
    print(
        f"{len(facts)} facts in {len(blocks)} blocks, {raw / len(facts):.1f} bytes each as msgpack"
    )
    for name, (compress, inflate) in codecs().items():
        packed = [compress(block) for block in blocks]
        size = sum(map(len, packed)) / len(facts)
        there = timed(lambda compress=compress: [compress(block) for block in blocks])
        back = timed(lambda inflate=inflate, packed=packed: [inflate(block) for block in packed])
        print(f"{name:<8} {size:5.1f} bytes a fact   compress {there}   inflate {back}")
    with tempfile.TemporaryDirectory() as folder:
        tape = Path(folder) / "t.tape"
        meta = TapeMeta(source="measure", prefix="btc-updown-15m")
        print(f"tape     write {timed(lambda: write_tape(tape, facts, meta))}", end="   ")
        print(f"read {timed(lambda: sum(1 for _ in read_tape(tape)))}")
        if importlib.util.find_spec("duckdb"):
            _parquet(facts, Path(folder))


def _parquet(facts: list[Any], folder: Path) -> None:
    """The one frequent kind alone, as columns: what Parquet is best at."""
    duckdb = importlib.import_module("duckdb")
    numpy = importlib.import_module("numpy")
    rows = [fact for fact in facts if isinstance(fact, LevelChanged)]
    names = [name for name in LevelChanged.__struct_fields__ if name != "checksum"]
    encode = msgspec.msgpack.Encoder().encode
    ours = sum(
        len(zlib.compress(encode(rows[at : at + FACTS_PER_BLOCK]), 6))
        for at in range(0, len(rows), FACTS_PER_BLOCK)
    )
    columns = {name: numpy.array([getattr(row, name) for row in rows]) for name in names}
    path = folder / "rows.parquet"
    link = duckdb.connect()
    link.register("level_changes", columns)

    def write() -> None:
        link.execute(f"COPY level_changes TO '{path}' (FORMAT parquet, COMPRESSION zstd)")

    def read() -> list[LevelChanged]:
        found = link.execute(f"SELECT * FROM '{path}'").fetchall()
        return [LevelChanged(*row) for row in found]

    there = timed(write)
    assert read() == [msgspec.structs.replace(row, checksum="") for row in rows]
    print(f"{len(rows)} LevelChanged: tape {ours / len(rows):.1f} bytes each", end=", ")
    print(f"parquet {path.stat().st_size / len(rows):.1f}", end="   ")
    print(f"write {there}   read into events {timed(read)}")
    decode = msgspec.msgpack.Decoder(list[LevelChanged]).decode
    packed = [
        zlib.compress(encode(rows[at : at + FACTS_PER_BLOCK]), 6)
        for at in range(0, len(rows), FACTS_PER_BLOCK)
    ]
    again = timed(lambda: [decode(zlib.decompress(block)) for block in packed])
    print(f"the same from zlib and msgpack into events {again}")


if __name__ == "__main__":
    main()
