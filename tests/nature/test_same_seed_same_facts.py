"""One seed, one market: in this process, in another, under any hash seed, on any machine."""

import hashlib
import os
import subprocess
import sys
from itertools import islice
from pathlib import Path

import msgspec
import pytest

from pmcore.sim.nature import nature, scene
from pmcore.sim.nature_terms import SCENES, NatureTerms

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = "f7bc268d0f0631a88c9d609829acc8bed53d60a4efb280f5f7d72f5c6ee285c1"
"""First 1000 facts of the scene "quiet", seed 7. Changes only when the generator is changed."""

SNIPPET = """
import hashlib, msgspec
from itertools import islice
from pmcore.sim.nature import scene
encode = msgspec.msgpack.Encoder().encode
print(hashlib.sha256(b"".join(map(encode, islice(scene("quiet", 7), 1000)))).hexdigest())
"""


def digest(facts):
    return hashlib.sha256(b"".join(map(msgspec.msgpack.Encoder().encode, facts))).hexdigest()


def test_the_digest_of_a_known_scene():
    assert digest(islice(scene("quiet", 7), 1000)) == GOLDEN


@pytest.mark.parametrize("hash_seed", ["1", "77"])
def test_same_bytes_in_another_process_under_any_hash_seed(hash_seed):
    done = subprocess.run(
        [sys.executable, "-c", SNIPPET],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == GOLDEN


def test_another_seed_is_another_market():
    assert digest(islice(scene("quiet", 7), 200)) != digest(islice(scene("quiet", 8), 200))


def test_two_generators_do_not_disturb_each_other():
    alone = list(islice(scene("quiet", 7), 500))
    left, right = scene("quiet", 7), scene("quiet", 8)
    both = [(next(left), next(right))[0] for _ in range(500)]
    assert both == alone


def test_more_restless_books_leave_the_price_path_alone(facts):
    """The path has its own chance: what the book does must not move bitcoin."""

    def prices(rate):
        return [
            (f.venue_ns, f.price)
            for f in facts(3, rate=rate)
            if type(f).__name__ == "OracleTicked" and f.source == 0
        ]

    assert prices(0.1) == prices(2.0)


def test_terms_survive_being_written_down():
    for terms in SCENES.values():
        assert msgspec.json.decode(msgspec.json.encode(terms), type=NatureTerms) == terms


def test_facts_come_in_the_order_they_are_heard(facts):
    times = [fact.at_ns for fact in facts(1, rate=5.0, twap=True)]
    assert times == sorted(times)
    assert all(fact.venue_ns <= fact.at_ns for fact in facts(1) if hasattr(fact, "venue_ns"))


def test_nature_is_lazy():
    terms = NatureTerms(windows=10_000_000)
    assert len(list(islice(nature(1, terms), 100))) == 100
