"""What the shell knows of itself, as plain numbers for whoever shows them.

Names are stable; a label in braces tells lanes and feeds apart. Spans are of the latest acts and
batches, in seconds.
"""

from collections.abc import Sequence

from pmcore.units import SECOND
from pmio.shell import Shell


def gauges(shell: Shell) -> dict[str, float]:
    """The present readings."""
    drive, inbox = shell.drive, shell.inbox
    found: dict[str, float] = {
        "inbox_events": len(inbox),
        "inbox_events_peak": inbox.peak,
        "events_total": drive.events,
        "beats_total": drive.beats,
        "decision_seconds_p50": quantile(drive.spans, 0.50) / SECOND,
        "decision_seconds_p99": quantile(drive.spans, 0.99) / SECOND,
        "quoting_allowed": shell.quoting.is_set(),
    }
    for side in (shell.account, shell.market):
        for lane in side.lanes:
            label = f'{{lane="{lane.name}"}}'
            found[f"lane_acts{label}"] = len(lane)
            found[f"lane_acts_peak{label}"] = lane.peak
            found[f"lane_acts_total{label}"] = lane.acts
            found[f"lane_seconds_p50{label}"] = quantile(lane.spans, 0.50)
            found[f"lane_seconds_p95{label}"] = quantile(lane.spans, 0.95)
        for feed in side.feeds:
            meter = feed.meter
            label = f'{{feed="{meter.name}"}}'
            found[f"feed_open{label}"] = meter.open
            found[f"feed_lost_total{label}"] = meter.lost
            found[f"feed_frames_total{label}"] = meter.frames
            found[f"feed_events_total{label}"] = meter.events
            found[f"feed_garbled_total{label}"] = meter.garbled
            found[f"feed_lag_seconds{label}"] = meter.lag_ns / SECOND
    return found


def quantile(spans: Sequence[float], part: float) -> float:
    """The value below which `part` of the spans lie; 0 without any."""
    if not spans:
        return 0.0
    ranked = sorted(spans)
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))]
