"""How good the probability was: reliability of q_up, and Brier score by time to the close."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from pmapp.plots import ACCENT, DOWN_COLOUR, GREY, INK, UP_COLOUR

FEW_WINDOWS = 30


def reliability(table: Mapping[str, Any]) -> Figure:
    """How often Up came, by what the model had said; counts below."""
    bins = [row for row in table["reliability"] if row["n"]]
    said = np.array([row["mean_q"] for row in bins])
    came = np.array([row["up_share"] for row in bins])
    # Samples of one window share their outcome: windows, not samples, are what is independent.
    windows = np.array([max(1, row["windows"]) for row in bins])
    error = 1.96 * np.sqrt(np.maximum(came * (1.0 - came), 0.25 / windows) / windows)
    figure, (top, bottom) = plt.subplots(
        2, 1, figsize=(7.6, 8.2), sharex=True, height_ratios=(4, 1), layout="constrained"
    )
    top.plot([0.0, 1.0], [0.0, 1.0], color=GREY, linestyle="--", label="perfect")
    bounds = np.vstack([np.minimum(error, came), np.minimum(error, 1.0 - came)])
    top.errorbar(
        said,
        came,
        yerr=bounds,
        fmt="o-",
        color=ACCENT,
        ecolor="#9db7da",
        capsize=3,
        label="model (95 % by windows)",
    )
    top.set_ylim(-0.02, 1.02)
    top.set_ylabel("share of samples in which Up won")
    top.set_title(
        f"Reliability of q_up: {table['n']:,} samples of {table['windows']:,} windows\n"
        f"Brier {table['brier_model']:.4f}, no volatility {table['brier_baseline']:.4f}, "
        f"constant 0.5 {table['brier_half']:.4f}"
    )
    top.set_yticks(np.linspace(0.0, 1.0, 11))
    if table["windows"] < FEW_WINDOWS:
        top.text(
            0.5,
            0.04,
            f"{table['windows']} windows are too few to judge by",
            ha="center",
            color=DOWN_COLOUR,
        )
    figure.legend(loc="outside lower center", ncols=2)
    rows = table["reliability"]
    bottom.bar(
        [(row["low"] + row["high"]) / 2.0 for row in rows],
        [row["n"] for row in rows],
        width=0.09,
        color="#c9d6ea",
        edgecolor=ACCENT,
        linewidth=0.8,
    )
    bottom.set_ylabel("samples")
    bottom.set_xlabel("probability of Up that the model gave")
    bottom.set_xlim(-0.02, 1.02)
    bottom.set_xticks(np.linspace(0.0, 1.0, 11))
    return figure


def brier_by_time(table: Mapping[str, Any]) -> Figure:
    """Brier score of each forecast against seconds to the close; lower is better."""
    rows = table["by_time_to_close"]
    left = [row["left_s"] for row in rows]
    figure, axes = plt.subplots(figsize=(9.6, 5.6), layout="constrained")
    lines = (
        ("brier_half", "constant 0.5", GREY, ":"),
        ("brier_baseline", "plain formula without volatility", DOWN_COLOUR, "--"),
        ("brier_fixed_sigma", "one fixed sigma", UP_COLOUR, "--"),
        ("brier_market", "market's mid", "#c08a1e", "-"),
        ("brier_model", "model", INK, "-"),
    )
    for key, name, colour, line in lines:
        values = [np.nan if row[key] is None else row[key] for row in rows]
        if np.isfinite(values).any():
            axes.plot(left, values, line, marker="o", markersize=4, color=colour, label=name)
    axes.set_xscale("log")
    axes.set_xticks(left, [f"{second:g}" for second in left])
    axes.minorticks_off()
    axes.invert_xaxis()
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("seconds to the close (logarithmic)")
    axes.set_ylabel("Brier score (lower is better)")
    axes.set_title(f"Brier score by time to the close, {table['windows']:,} windows")
    axes.legend(loc="lower left")
    return figure
