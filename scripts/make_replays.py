"""Make the recordings in replays/ and their digests anew.

    .venv/bin/python scripts/make_replays.py [FOLDER]

Run it whenever the core is meant to decide otherwise; the tests compare with what stands there.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pmapp.replay import replay  # noqa: E402 - the project's folder must be on the path first
from pmapp.scene_journal import RECIPES, record_scene  # noqa: E402


def main() -> None:
    """Write every recording, replay it once, and keep its digest only if it replays equal."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "replays"
    folder.mkdir(parents=True, exist_ok=True)
    digests = {}
    for name, recipe in RECIPES.items():
        path = folder / f"{name}.pmj"
        path.unlink(missing_ok=True)
        journal = record_scene(name, path)
        found = replay(path)
        if not found.equal or found.digest != journal.digest:
            sys.exit(f"{name}: does not replay equal: {found.difference}")
        digests[name] = {
            "seed": recipe.seed,
            "events": found.events,
            "effects": found.effects,
            "digest": found.digest,
        }
        size = path.stat().st_size
        print(f"{name:<12} {found.events:>7,} events {found.effects:>6,} effects {size:>8,} bytes")
    text = json.dumps(digests, indent=2)
    (folder / "digests.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
