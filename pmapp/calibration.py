"""How good a probability was: Brier score, log loss and reliability against official outcomes.

Samples of one window share its outcome, so they are not independent: every standard error here is
clustered by window. With `d` the difference of two scores per sample, `se = sqrt(sum over windows
of (sum of d - mean d)^2) / n`, and the interval is the mean plus and minus 1.96 of it.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

BINS: Final = 10
CLIP: Final = 1e-6
"""Log loss takes no probability for surer than this: one miss must not be an infinite fine."""
CONFIDENCE: Final = 1.959964
"""Standard errors on each side of a 95 % interval."""
FORECASTS: Final = ("model", "plain", "step", "half", "market")


class Sample(msgspec.Struct, frozen=True, gc=False):
    """What was thought of one window at one moment."""

    window: int
    left_s: float
    """Seconds to the end."""
    model: float
    plain: float
    step: float
    market: float = math.nan
    """Mid of the Up book; NaN where there was none."""


class Samples:
    """Samples and, once it is known, the outcome of each window."""

    def __init__(self) -> None:
        self.scored: list[tuple[Sample, float]] = []
        self.split_windows = 0
        """Windows that paid half to each side: there was nothing to predict."""
        self._waiting: dict[int, list[Sample]] = {}

    def add(self, sample: Sample) -> None:
        """Keep a sample until its window resolves."""
        self._waiting.setdefault(sample.window, []).append(sample)

    def resolve(self, window: int, payout_up: int) -> None:
        """The official outcome in basis points."""
        samples = self._waiting.pop(window, [])
        if payout_up not in (0, 10_000):
            self.split_windows += bool(samples)
            return
        self.scored.extend((sample, payout_up / 10_000) for sample in samples)

    @property
    def unresolved(self) -> int:
        """Windows sampled whose outcome is not known."""
        return len(self._waiting)


def calibration(samples: Samples) -> dict[str, Any]:
    """The whole table as plain values; `n` is 0, and the scores None, where nothing resolved."""
    scored = samples.scored
    columns = {name: _column(scored, name) for name in FORECASTS}
    outcome = np.array([up for _, up in scored], dtype=np.float64)
    windows = np.array([sample.window for sample, _ in scored], dtype=np.int64)
    left = np.array([sample.left_s for sample, _ in scored], dtype=np.float64)
    table = _scores(columns, outcome, windows)
    table["reliability"] = reliability(columns["model"], outcome, windows)
    table["by_time_to_close"] = [
        {"left_s": float(at)}
        | _scores(
            {n: c[left == at] for n, c in columns.items()}, outcome[left == at], windows[left == at]
        )
        for at in sorted(set(left.tolist()), reverse=True)
    ]
    table["unresolved"] = samples.unresolved
    table["split_windows"] = samples.split_windows
    return table


def _column(scored: Sequence[tuple[Sample, float]], name: str) -> Floats:
    if name == "half":
        return np.full(len(scored), 0.5)
    return np.array([getattr(sample, name) for sample, _ in scored], dtype=np.float64)


def _scores(columns: dict[str, Floats], outcome: Floats, windows: Any) -> dict[str, Any]:
    """Scores of every forecast, and the model's margin over each with its uncertainty."""
    model = columns["model"]
    plain, quoted = columns["plain"], ~np.isnan(columns["market"])
    table: dict[str, Any] = {
        "n": len(outcome),
        "windows": len(set(windows.tolist())),
        "up_share": _mean(outcome),
        "brier_model": brier(model, outcome),
        "brier_baseline": brier(columns["step"], outcome),
        "brier_fixed_sigma": brier(plain, outcome),
        "brier_half": brier(columns["half"], outcome),
        "log_loss_model": log_loss(model, outcome),
        "log_loss_fixed_sigma": log_loss(plain, outcome),
        "log_loss_half": log_loss(columns["half"], outcome),
    }
    # The market's own mid exists on some samples only; the model is scored on the same ones.
    market = columns["market"][quoted]
    table["n_market"] = len(market)
    table["brier_market"] = brier(market, outcome[quoted])
    table["brier_model_where_market"] = brier(model[quoted], outcome[quoted])
    table["log_loss_market"] = log_loss(market, outcome[quoted])
    table["margin_over_baseline"] = margin(columns["step"], model, outcome, windows)
    table["margin_over_half"] = margin(columns["half"], model, outcome, windows)
    table["margin_over_fixed_sigma"] = margin(plain, model, outcome, windows)
    table["margin_over_market"] = margin(market, model[quoted], outcome[quoted], windows[quoted])
    return table


def brier(q: Floats, outcome: Floats) -> float | None:
    """Mean squared error of a probability; None of nothing."""
    return _mean((q - outcome) ** 2)


def log_loss(q: Floats, outcome: Floats) -> float | None:
    """Mean of -ln(probability given to what happened), clipped at `CLIP`; None of nothing."""
    clipped = np.clip(q, CLIP, 1.0 - CLIP)
    return _mean(-np.log(np.where(outcome > 0.5, clipped, 1.0 - clipped)))


def margin(other: Floats, model: Floats, outcome: Floats, windows: Any) -> dict[str, float] | None:
    """By how much the model's Brier score is lower than `other`'s, with standard error and 95 %."""
    if len(outcome) == 0:
        return None
    gain = (other - outcome) ** 2 - (model - outcome) ** 2
    mean = float(gain.mean())
    _, cluster = np.unique(windows, return_inverse=True)
    sums = np.bincount(cluster, weights=gain - mean)
    error = math.sqrt(float((sums**2).sum())) / len(gain)
    return {
        "mean": mean,
        "standard_error": error,
        "low": mean - CONFIDENCE * error,
        "high": mean + CONFIDENCE * error,
    }


def reliability(q: Floats, outcome: Floats, windows: Any) -> list[dict[str, float | int | None]]:
    """Ten equal bins of probability: how often Up came when the model said so."""
    where = np.clip((q * BINS).astype(np.int64), 0, BINS - 1)
    table: list[dict[str, float | int | None]] = []
    for number in range(BINS):
        inside = where == number
        table.append(
            {
                "low": number / BINS,
                "high": (number + 1) / BINS,
                "n": int(inside.sum()),
                "windows": len(set(windows[inside].tolist())),
                "mean_q": _mean(q[inside]),
                "up_share": _mean(outcome[inside]),
            }
        )
    return table


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if len(values) else None
