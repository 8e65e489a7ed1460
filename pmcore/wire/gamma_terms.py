"""What a listing says about money and kind: fee terms and category."""

from typing import Any, Final

import msgspec

from pmcore.sweep.categories import CATEGORIES, OTHER, category_of
from pmcore.wire.frames import WireError, scaled
from pmcore.wire.gamma_fields import Fields

EXPONENT_MAX: Final = 8


class Fees(msgspec.Struct, frozen=True, gc=False):
    """The market's own taker fee, `rate * (p * (1 - p))**exponent`, times p if price weighted."""

    rate_ppm: int | None = None
    """None where the terms are not known; 0 where the market is free."""
    exponent: int = 1
    price_weighted: bool = False


UNKNOWN: Final = Fees()
FREE: Final = Fees(0)
FIRST_CURVE: Final = Fees(250_000, 2, True)
"""The crypto curve of 2026-01-05 to 2026-03-30, which was listed by its name only."""


def fee_terms(fields: Fields) -> Fees:
    """The terms that an object states; unknown, and a note in `odd`, where they make no sense."""
    schedule: Any = fields.get("feeSchedule")
    if fields.truth("feesEnabled") is False:
        return FREE
    if schedule is None:
        return (
            FIRST_CURVE if fields.text("feeType") in ("crypto_15_min", "crypto_fees") else UNKNOWN
        )
    try:
        if not isinstance(schedule, dict):
            raise WireError("feeSchedule")
        rate = scaled(schedule.get("rate"), 6, "rate")
        exponent = scaled(schedule.get("exponent", 1), 0, "exponent")
        if rate > 1_000_000 or exponent > EXPONENT_MAX:
            raise WireError("feeSchedule")
    except WireError:
        fields.odd.append("feeSchedule")
        return UNKNOWN
    return Fees(rate, exponent)


def category_name(fields: Fields, event: Fields) -> str:
    """One of `CATEGORIES`: by the fee type, else by the category, else by the first known tag."""
    labels = [fields.text("feeType"), fields.text("category"), event.text("category")]
    for source in (event.get("tags"), fields.get("tags")):
        for tag in source if isinstance(source, list) else ():
            label = tag.get("slug") or tag.get("label") if isinstance(tag, dict) else tag
            labels.append(label if isinstance(label, str) else "")
    for label in labels:
        if label and category_of(label) != OTHER:
            return CATEGORIES[category_of(label)]
    return CATEGORIES[OTHER]
