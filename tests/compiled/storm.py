"""`python -m tests.compiled.storm SEED`: one window at a faulty venue; prints what came of it.

The digest is over every event, every effect and the state at the end, and the second half is
stepped by a thawed copy too (law 4). On the compiled core and on its sources it must be the same;
the file tells which of them this was.
"""

import json
import sys
from hashlib import sha256

import pmcore.step
from pmapp.stress_world import seeded_run
from pmcore.config import Config
from pmcore.effects import Effects
from pmcore.events import AnyEvent
from pmcore.freeze import freeze, thaw
from pmcore.laws import violations
from pmcore.state import State
from pmcore.step import step
from pmio.journal_frame import encode

HALF = 3_000


def main(seed: int) -> None:
    """Run, and print one line of JSON."""
    digest = sha256()
    told = {"file": pmcore.step.__file__, "events": 0, "effects": 0, "violations": 0}

    copy: State | None = None

    def advance(state: State, event: AnyEvent) -> Effects:
        nonlocal copy
        if copy is None and told["events"] == HALF:
            copy = thaw(freeze(state))
        effects = step(state, event)
        if copy is not None:
            assert encode(step(copy, event)) == encode(effects)
        told["events"] += 1
        told["effects"] += len(effects)
        told["violations"] += len(violations(state, effects))
        digest.update(encode([event]))
        digest.update(encode(effects))
        return effects

    state = seeded_run(Config(), seed, 0.1, 1.0, faulty=True)(advance)
    assert copy is not None
    assert freeze(copy) == freeze(state)
    digest.update(freeze(state))
    print(json.dumps({**told, "digest": digest.hexdigest()}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
