"""Categories of markets, which decide base rates and how long the money stays away.

The names follow the venue's fee types (venue reference 8.2); a market's tag or fee type leads to
one of them, anything unknown to `other`.
"""

from typing import Final

CATEGORIES: Final = (
    "crypto", "sports", "politics", "geopolitics", "finance", "economics", "culture", "weather",
    "tech", "mentions", "other",
)  # fmt: skip
OTHER: Final = CATEGORIES.index("other")

_BY_WORD: Final = {
    "crypto": "crypto", "bitcoin": "crypto", "ethereum": "crypto",
    "sports": "sports", "esports": "sports", "nba": "sports", "nfl": "sports", "soccer": "sports",
    "politics": "politics", "elections": "politics",
    "geopolitics": "geopolitics", "world": "geopolitics", "zero": "geopolitics",
    "finance": "finance", "business": "finance",
    "economics": "economics", "economy": "economics",
    "culture": "culture", "pop-culture": "culture",
    "weather": "weather", "climate": "weather",
    "tech": "tech", "science": "tech",
    "mentions": "mentions",
}  # fmt: skip
"""First words of fee types (`crypto_fees_v2`) and tags, lower case."""


def category_of(label: str) -> int:
    """Index into `CATEGORIES` for a fee type or tag such as `sports_fees_v3` or `Politics`."""
    word = label.strip().lower().partition("_")[0]
    return CATEGORIES.index(_BY_WORD.get(word, "other"))
