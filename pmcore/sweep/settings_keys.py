"""Every key of the scanner's configuration, one literal declaration each.

Where a default is measured, the reason says on what; the other base rates are judgements until
`pm sweep evaluate` has measured them.
"""

import attrs

from pmcore.config_key import key


# fmt: off
@attrs.frozen
class Eligible:
    """Which markets are looked at."""

    min_t_remaining_sec: int = key(3_600, "s",
        "closer to the close the book belongs to those who see the event", 0, 31_536_000)
    max_t_remaining_sec: int = key(1_209_600, "s",
        "two weeks: further out a converged price is an opinion", 1, 315_360_000)
    quote_stale_max_sec: int = key(180, "s",
        "three missed quote rounds: an older price cannot be bought", 1, 86_400)
    min_entry_price: float = key(0.90, "USDC",
        "below this the outcome has not converged; 0 looks at every market", 0.0, 0.9999)
    max_spread: float = key(0.30, "USDC",
        "a high ask alone is no converged price: without a bid within 0.30 of it 62 % of 2,274 "
        "recorded purchases won, at a cost of 97 % (docs/evaluate.md); 1 looks at every book",
        0.0, 1.0)


@attrs.frozen
class Entry:
    """What buying costs."""

    fee_bps: float = key(120.0, "bps",
        "fee on the price where the market's own schedule is not known", 0.0, 10_000.0)
    reference_shares: float = key(100.0, "shares",
        "size for which the entry price is averaged over the asks, where depth is known",
        0.01, 10_000_000.0)


@attrs.frozen
class Weights:
    """What the overall score is made of; the last two are subtracted."""

    velocity: float = key(0.45, "", "yield per day is what the scanner looks for", 0.0, 1.0)
    net_yield: float = key(0.25, "", "a residual must outweigh its effort", 0.0, 1.0)
    liquidity: float = key(0.15, "", "what cannot be bought is worth nothing", 0.0, 1.0)
    definition_risk: float = key(0.10, "", "a contestable text may take it all", 0.0, 1.0)
    staleness: float = key(0.05, "", "an old quote is a weak promise", 0.0, 1.0)


@attrs.frozen
class Bounds:
    """Where the parts of the score are 0 and 1."""

    velocity_low: float = key(0.0, "1/day", "no yield per day scores 0", 0.0, 1.0)
    velocity_high: float = key(0.02, "1/day", "two cents a day score 1", 0.000001, 100.0)
    net_yield_low: float = key(0.0, "USDC", "no residual scores 0", 0.0, 1.0)
    net_yield_high: float = key(0.05, "USDC", "five cents a share score 1", 0.000001, 1.0)
    min_t_days: float = key(0.25, "day",
        "shorter times count as this, or an hour would beat everything", 0.000001, 365.0)
    spread_target: float = key(0.05, "USDC", "a spread this wide scores no liquidity",
        0.0001, 1.0)
    velocity_basis: str = key("close", "",
        "days to the close (the plain definition) or to the cash (dispute and resolution added)",
        choices=("close", "cash"))


@attrs.frozen
class RiskMix:
    """How the parts of the risk weigh; they are divided by their sum."""

    definition: float = key(0.40, "", "the text is what the scanner knows best", 0.0, 1.0)
    operational: float = key(0.15, "", "mistakes and disputes at settlement", 0.0, 1.0)
    liquidity: float = key(0.20, "", "no way out at a fair price", 0.0, 1.0)
    jump: float = key(0.25, "", "the event itself turns", 0.0, 1.0)
    operational_worst: float = key(0.05, "", "base rate that counts as full operational risk",
        0.0001, 1.0)
    jump_worst: float = key(0.05, "", "base rate that counts as full jump risk", 0.0001, 1.0)


@attrs.frozen
class Operational:
    """Base rates of a disputed, mistaken or 50/50 settlement."""

    crypto: float = key(0.005, "", "settled by a feed", 0.0, 1.0)
    sports: float = key(0.015, "",
        "19 of 1,282 closed markets in the recorded lists ended 50/50, nearly all games", 0.0, 1.0)
    politics: float = key(0.010, "", "judgement", 0.0, 1.0)
    geopolitics: float = key(0.030, "",
        "most of the published contested markets are about wars and deals", 0.0, 1.0)
    finance: float = key(0.005, "", "settled by a published price", 0.0, 1.0)
    economics: float = key(0.005, "", "settled by a published figure", 0.0, 1.0)
    culture: float = key(0.015, "", "judgement", 0.0, 1.0)
    weather: float = key(0.010, "", "one station, revised at times", 0.0, 1.0)
    tech: float = key(0.015, "", "launches without a clear moment", 0.0, 1.0)
    mentions: float = key(0.030, "", "who said what is argued about", 0.0, 1.0)
    other: float = key(0.015, "", "the rate over all closed markets", 0.0, 1.0)


@attrs.frozen
class Jump:
    """Base rates at which a converged side still loses."""

    crypto: float = key(0.020, "", "judgement: prices move until the end", 0.0, 1.0)
    sports: float = key(0.015, "", "judgement", 0.0, 1.0)
    politics: float = key(0.010, "",
        "2 of 206 forecast questions at 0.95 or above lost (95 % interval 0.1 to 3.5 %)", 0.0, 1.0)
    geopolitics: float = key(0.015, "", "judgement: one evening can turn it", 0.0, 1.0)
    finance: float = key(0.015, "", "judgement", 0.0, 1.0)
    economics: float = key(0.010, "", "judgement", 0.0, 1.0)
    culture: float = key(0.010, "", "judgement", 0.0, 1.0)
    weather: float = key(0.020, "", "judgement: a degree is enough", 0.0, 1.0)
    tech: float = key(0.010, "", "judgement", 0.0, 1.0)
    mentions: float = key(0.030, "", "judgement: one word is enough", 0.0, 1.0)
    other: float = key(0.010, "", "2 of 206, as above", 0.0, 1.0)


@attrs.frozen
class Return:
    """How long after the close the money is back."""

    dispute_window_h: float = key(2.0, "h",
        "a proposed outcome can be challenged for two hours; a dispute takes days", 0.0, 8_760.0)
    crypto_h: float = key(0.1, "h", "up/down markets close within a minute", 0.0, 8_760.0)
    sports_h: float = key(2.0, "h", "proposed soon after the game", 0.0, 8_760.0)
    politics_h: float = key(24.0, "h", "results are called, then certified", 0.0, 8_760.0)
    geopolitics_h: float = key(24.0, "h", "reporting must settle down", 0.0, 8_760.0)
    finance_h: float = key(4.0, "h", "the closing price is published the same day", 0.0, 8_760.0)
    economics_h: float = key(4.0, "h", "the figure is published at a known hour", 0.0, 8_760.0)
    culture_h: float = key(12.0, "h", "judgement", 0.0, 8_760.0)
    weather_h: float = key(24.0, "h", "the day's figures are finalized later", 0.0, 8_760.0)
    tech_h: float = key(12.0, "h", "judgement", 0.0, 8_760.0)
    mentions_h: float = key(12.0, "h", "a transcript must be checked", 0.0, 8_760.0)
    other_h: float = key(12.0, "h", "judgement", 0.0, 8_760.0)


@attrs.frozen
class Sizing:
    """How much of the capital one market may bind."""

    min_pct: float = key(0.01, "share", "the worst market's largest position", 0.0, 1.0)
    max_pct: float = key(0.10, "share", "the best market's largest position", 0.0, 1.0)
# fmt: on
