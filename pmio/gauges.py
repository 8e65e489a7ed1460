"""What the shell knows of itself, as plain numbers for whoever shows them.

Names are stable; a label tells lanes and feeds apart. Spans are of the latest acts and batches, in
seconds.
"""

from collections.abc import Iterator, Sequence

import msgspec

from pmcore.units import SECOND
from pmio.shell import Shell


class Reading(msgspec.Struct, frozen=True):
    """One number. `of` is the lane or feed that it is about, and `label` says which of the two."""

    name: str
    value: float
    label: str = ""
    of: str = ""


def gauges(shell: Shell) -> Iterator[Reading]:
    """The present readings."""
    drive, inbox = shell.drive, shell.inbox
    yield Reading("inbox_events", len(inbox))
    yield Reading("inbox_events_peak", inbox.peak)
    yield Reading("events_total", drive.events)
    yield Reading("beats_total", drive.beats)
    yield Reading("decision_seconds_p50", quantile(drive.spans, 0.50) / SECOND)
    yield Reading("decision_seconds_p99", quantile(drive.spans, 0.99) / SECOND)
    yield Reading("quoting_allowed", shell.quoting.is_set())
    for side in (shell.account, shell.market):
        for lane in side.lanes:
            yield Reading("lane_acts", len(lane), "lane", lane.name)
            yield Reading("lane_acts_peak", lane.peak, "lane", lane.name)
            yield Reading("lane_acts_total", lane.acts, "lane", lane.name)
            yield Reading("lane_seconds_p50", quantile(lane.spans, 0.50), "lane", lane.name)
            yield Reading("lane_seconds_p95", quantile(lane.spans, 0.95), "lane", lane.name)
        for feed in side.feeds:
            meter = feed.meter
            yield Reading("feed_open", meter.open, "feed", meter.name)
            yield Reading("feed_lost_total", meter.lost, "feed", meter.name)
            yield Reading("feed_frames_total", meter.frames, "feed", meter.name)
            yield Reading("feed_events_total", meter.events, "feed", meter.name)
            yield Reading("feed_garbled_total", meter.garbled, "feed", meter.name)
            yield Reading("feed_lag_seconds", meter.lag_ns / SECOND, "feed", meter.name)


def quantile(spans: Sequence[float], part: float) -> float:
    """The value below which `part` of the spans lie; 0 without any."""
    if not spans:
        return 0.0
    ranked = sorted(spans)
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))]
