"""What a rule text asks for and must answer: a source, a delay, a revision, a failure."""

from typing import Final

from pmcore.sweep.rule_entries import Gap

_UNNAMED: Final = (
    r" (?:is|are|has|have|was|were|will be)(?: (?:yet|still|currently|been))* "
    r"(?:not\b|to be\b|unknown|undecided|unclear|unspecified|tbd|tba|used\b|decided|chosen|"
    r"announced|named (?:later|after)|open\b)"
)
"""What follows a source of which the text only says that nobody has named it yet."""

GAPS: Final = (
    Gap(
        "missing_source",
        answered_at=("resolution source", "settlement source", "source of resolution",
                     "source for this", "sources for this", "will resolve based on",
                     "resolves based on", "resolution will be based", "based on the results",
                     "based off the official", "according to the official", "source of truth",
                     "as reported by", "according to data", "published by", "source will be",
                     "source is", "source:", "sources:", "sources will",
                     "according to the isw", "preponderance of", "used to resolve",
                     "available at", "official vote count", "consensus of",
                     "confirmed by official", "outcome will be corroborated",
                     "column on http", "figures found on", "according to http",
                     "calculated from "),
        answer=rf"(?:(?:resolution|settlement) sources?\b(?!{_UNNAMED})|"
        rf"sources? (?:of resolution|for this|of truth)\b(?! market{_UNNAMED})(?!{_UNNAMED})|"
        rf"source (?=is|will be)(?!{_UNNAMED[1:]})|sources will\b(?! be (?:used|chosen|named))|"
        r"sources?: ?(?!none|unknown|n/a|tbd|tba|to be|not )\S|"
        r"available at:? (?:(?:the |this |following )*(?:link|url|address|page)|<?https?:|www\.|"
        r"[a-z0-9.-]{1,60}\.[a-z]{2,6}\b)|"
        r"(?:will resolve|resolves) based on\b|resolution will be based\b|"
        r"based (?:on the results|off the official)\b|according to (?:the official|data|the isw)\b|"
        r"as reported by\b|published by\b|preponderance of\b|used to resolve\b|"
        r"official vote count|consensus of\b|confirmed by official|outcome will be corroborated|"
        r"(?:column on|according to) https?:|figures found on\b|"
        r"calculated from [a-z0-9.' ]{2,40}\(https?:)",
        answer_denied=r"\b(?:no|not|without|never|nor|lacks?|neither)(?: (?:a|an|any|the|be|been|"
        r"yet|single|other|designated|official|specific|particular|named|known|defined|one|primary|"
        r"resolution|settlement|credible|reliable)){0,4} $|"
        r"\b(?:open|open-|power|water|food|light|energy|heat) $",
        lowered_in_text=("final score", "grand prix", "the team that wins", " game", " match ",
                         " bout", "champion", "the rules of"),
        because="the result of a sporting event is published everywhere",
        hits=(
            'This resolves to "Yes" if a treaty is signed by May 1, 2031, 9:00 AM ET.',
            "There is no designated resolution source for this market.",
            "It resolves if it opens. Tickets are available at the door.",
            "It resolves if it opens. The open source is used.",
            "It resolves if it opens. The source is to be decided.",
            "It resolves if it opens. The resolution source has not been named.",
        ),
        lowered=('If the Kites win the game on May 1, 2031, this will resolve to "Kites".',),
        misses=(
            "The resolution source is the town's register.",
            "It will resolve to Yes if it closes higher. Source: Binance BTC/USDT.",
            "It will resolve to Yes if it closes higher. Source: Coinbase.",
            "The count is available at https://example.org/count.",
            "The price will be calculated from Acme (https://acme.example/prices).",
        ),
    ),
    Gap(
        "undefined_delay",
        ("scheduled for", "scheduled to", "set to take place", "in the upcoming "),
        r"(?:scheduled (?:for|on|to (?:be|take|begin|start|air|end|open|occur|last))\b|"
        r"set to take place|in the upcoming (?:[a-z]{2,14} ){0,3}(?:game|match|fight|bout|"
        r"debate|race|election|meeting))",
        cleared_by=r"theatrical|\breleased?\b|resolution of this market|\bterm\b",
        answered_by=("cancel", "postpone", "not determined", "not issued", "isn't decided",
                     "not made official", "does not occur", "isn't announced",
                     "reschedul", "not completed", "delayed", "if no ",
                     "does not take place", "doesn't take place", "is not held", "not occur",
                     "if the result", "are not known", "isn't known", "not known by", "no winner",
                     "not been completed", "not confirmed", "abandoned", "called off", "is not "
                     "declared", "not announced", "regardless of whether the", "by the end of the "
                     "event", "if for any reason", "rain out", "not released"),
        hits=("The debate is scheduled for May 3, 2031, and the taller speaker wins.",),
        misses=("The debate is scheduled for May 3, 2031; if cancelled, nobody wins.",),
    ),
    Gap(
        "undefined_reversal",
        ("convicted", "found guilty", "sentenced", "certified", "gdp", "cpi", "unemployment rate",
         "nonfarm", "index", "according to the number", "case counter", "census", "box office",
         "\"gross\"", "subscriber", "confirmed cases", "court ruling", "temperature", "earthquake",
         "estimate", "number of tweets", "number of posts", "inflation"),
        r"(?:convicted|found guilty|sentenced|certified results?|gdp|cpi|unemployment rate|nonfarm|"
        r"index (?:value|report|for|shows|increased|rose|of|will|at)|according to the number|"
        r"case counter|census|box office|\"gross\"|subscribers?|confirmed cases|court ruling|"
        r"temperatures?|earthquakes?|estimates?|number of (?:tweets|posts)|inflation)\b",
        answered_by=("revis", "appeal", "recount", "retroactive", "regardless of later",
                     "later changes", "later correction", "subsequent", "first release",
                     "initial report", "initial release", "once finalized", "is finalized",
                     "finalised", "further updates", "regardless of whether that", "corrections",
                     "overturn", "later updates", "as first published", "first published",
                     "advance estimate", "reversed", "memorialized", "decrease according"),
        hits=("It counts if the minister is convicted by May 1, 2031, 9:00 AM ET.",),
        misses=("It counts if the minister is convicted, whatever an appeal brings.",),
    ),
    Gap(
        "undefined_partial_data",
        ("resolution source", "source of resolution", "resolution will be based", "according to"),
        r"(?:(?:primary )?resolution sources?|source of resolution|resolution will be based|"
        r"according to)\b[^.\n]{0,200}?(?:https?:|www\.|leaderboard|tracker|counter|map|"
        r"\"[a-z0-9 ]{2,30}\" (?:prices?|column|metric|tab)|data for|index|chart)",
        cleared_by=r"\bofficial (?:information|announcements?|statements?)\b",
        answered_by=("unavailable", "not available", "ceases to exist", "offline", "goes down",
                     "not published", "not been published", "not been updated", "no longer "
                     "available", "consensus of", "another credible", "another resolution",
                     "another source", "other credible", "other sources", "not issued",
                     "not released", "if no data", "no data", "no information", "not displayed",
                     "no statement", "if no ", "missing data", "in the event that the", "not "
                     "released by", "becomes permanently", "cannot be verified"),
        hits=("The resolution source is the town's dashboard at https://example.org/count.",),
        misses=(
            "The resolution source is https://example.org/count; if unavailable, it stays open.",
        ),
    ),
    Gap(
        "missing_otherwise",
        ('will resolve to "yes" if', 'will resolve "yes" if', 'resolves to "yes" if'),
        answered_by=("otherwise", 'to "no"', 'resolve "no"', 'to "no.', "to 'no'", 'as "no"',
                     'resolve to no', "to \"other\"", "according to"),
        hits=('This market will resolve to "Yes" if the bridge opens by May 1, 2031.',),
        misses=('It will resolve to "Yes" if the bridge opens, and to "No" if not.',),
    ),
)  # fmt: skip
