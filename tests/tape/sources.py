"""Tiny recordings in the shapes that the importers read, made by the tests, and `pm tape`."""

import gzip
import json

from click.testing import CliRunner

from pmapp.commands.tape import tape

START = 1_784_851_200
INSTANT_TEXT = (
    'This market will resolve to "Up" if the price at the end is greater than or equal to the '
    "price at the beginning of that range."
)


def pm_tape(*words):
    """Run `pm tape ...`; nothing but SystemExit may come out of it."""
    result = CliRunner().invoke(tape, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def refused(out, *words):
    """Run an import that must fail: exit code 2, one line, no tape. Returns that line."""
    before = sorted(file.name for file in out.parent.iterdir())
    result = pm_tape("import", *words, "--out", out)
    assert result.exit_code == 2, result.output
    assert sorted(file.name for file in out.parent.iterdir()) == before
    assert result.stderr.startswith("Error: ")
    return " ".join(result.stderr.split())


def put(path, text):
    """Write a text, gzipped where the name says so."""
    content = text.encode()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
    return path


def lines(*objects):
    return "".join(json.dumps(one) + "\n" for one in objects)


def gamma(start=START, prefix="btc-updown-5m", span=300, **changes):
    """A Gamma object of a closed window, and the line around it."""
    slug = f"{prefix}-{start}"
    raw = {
        "slug": slug,
        "conditionId": "0x" + "ab" * 32,
        "endDate": iso(start + span),
        "eventStartTime": iso(start),
        "outcomes": '["Up", "Down"]',
        "clobTokenIds": '["11", "22"]',
        "resolutionSource": "https://data.chain.link/streams/btc-usd",
        "description": INSTANT_TEXT,
        "feesEnabled": True,
        "feeSchedule": {"rate": 0.07, "exponent": 1, "takerOnly": True, "rebateRate": 0.2},
        "orderPriceMinTickSize": 0.001,
        "orderMinSize": 5,
        "rewardsMinSize": 50,
        "rewardsMaxSpread": 4.5,
        "active": True,
        "closed": True,
        "acceptingOrders": False,
        "closedTime": "2026-07-24 00:05:18+00",
    }
    raw.update(changes)
    return {"slug": slug, "outcome_prices": ["0", "1"], "raw": raw}


def iso(seconds):
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
