"""The same facts, core and seed give the same run, also in another process."""

import subprocess
import sys

import msgspec
import pytest

from tests.sim.cores import Busy, touch, world


@pytest.mark.parametrize("model", [0, 1, 2])
def test_same_in_same_out(model):
    facts = [touch(i * 13, 47 + i % 5, 52 + i % 5, late=i % 7) for i in range(300)]
    records = []
    for _ in range(2):
        run, record = world(Busy(), facts, model=model)
        run.run()
        records.append(msgspec.msgpack.encode(record))
    assert records[0] == records[1]


DIGEST = """
import hashlib, msgspec
from pmcore.sim.faults import storm
from pmcore.units import SECOND
from tests.sim.cores import Busy, touch, world
facts = [touch(i * 13, 47 + i % 5, 52 + i % 5, late=i % 7) for i in range(300)]
run, record = world(Busy(), facts, faults=storm(3, 5 * SECOND), seed=9)
run.run()
print(hashlib.sha256(msgspec.msgpack.encode(record)).hexdigest(), len(record))
"""


def test_hash_seed_does_not_matter(pytestconfig):
    said = {
        subprocess.run(
            [sys.executable, "-c", DIGEST],
            cwd=pytestconfig.rootpath,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(pytestconfig.rootpath)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "12345")
    }
    assert len(said) == 1
