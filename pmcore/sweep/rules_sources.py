"""Phrases about sources and clocks: whose word counts, read where, and when."""

from typing import Final

from pmcore.sweep.rule_entries import Phrase

_FALLBACK: Final = (
    r"\bhowever\b|\bmay (?:also|instead|still)\b|\balso (?:be used|suffice|qualify|be considered)|"
    r"\bwill (?:also )?suffice|\bmay suffice|\bmay be (?:used|considered)|\bin addition\b|"
    r"\bor a (?:[a-z]{4,14} )?consensus|\band a consensus|\bunavailable\b|\bnot published\b|"
    r"\bofficial\b[^.]{0,120}\b(?:and|or)\b[^.]{0,40}credible|\bwill also be used|\bas well as\b|"
    r"\badditional verification"
)
_REPORTS: Final = (
    r"(?:(?:news|media|scientific|financial|global|research|video|crypto|other|official) ){0,2}"
    r"(?:reporting|reports?|sources?|media|news|outlets?|evidence|announcements?|information|"
    r"providers?|organi[sz]ations?|data sources|data|confirmation)"
)
_TIE_BREAK: Final = (
    "if there is ambiguity",
    "if there is any ambiguity",
    "in case of ambiguity",
    "in the case of ambiguity",
)

SOURCES: Final = (
    Phrase(
        "vague_source",
        ("credible", "generally accepted", "widely accepted", "widely report", "reputable",
         "reliable", "media reports", "news outlets", "news sources", "media outlets",
         "broadly accepted", "commonly accepted", "widely considered", "widely acknowledged",
         "consensus of", "most liquid", "highly liquid"),
        rf"(?:consensus of (?:[a-z]{{3,10}} )?{_REPORTS}|(?:consensus of )?(?:credible, )?"
        r"(?:most|highly) liquid (?:price )?sources?|consensus of(?: credible)?|"
        rf"(?:credible|reputable|reliable)(?: {_REPORTS})?|generally accepted|"
        r"(?:widely|broadly|commonly) (?:accepted|report(?:ed)?|considered|"
        r"acknowledged(?! leader))|media reports|(?:news|media) (?:outlets|sources))\b",
        before=r"\b(?:a|an|the)?(?: ?\b(?:clear|broad|wide|overwhelming|definitive|strong|general|"
        r"scientific|media|major|other|various|multiple))*(?: consensus of)? $",
        cleared_by=r"\bconsensus of (?:the )?(?:official|analyst|economist|forecast)|"
        r"\b(?:another|other) (?:credible|reliable) (?:resolution )?sources?\b|"
        r"\bother credible (?:reporting|sources)|\bwithout\b"
        r"[^.]{0,20}\bcredible|\bno (?:credible|reliable)\b|\bcredible(?: [a-z]{3,10}){0,2} "
        r"(?:resolution )?source will be",
        denied_after=r"(?: (?:and|or|from|of|by|about|in|on|alone|[a-z]{4,12})){0,5} "
        r"(?:will|may|can|shall|must|should|do|does|is|are) not (?:be |qualify|count|suffice)",
        lowered_by=_FALLBACK,
        lowered_in_text=_TIE_BREAK,
        because="it only stands beside, or behind, a named source",
        hits=(
            "The resolution source is a consensus of credible reporting.",
            "Twitter will not be used; a consensus of credible reporting decides.",
            "It counts once it is generally accepted as fact.",
        ),
        lowered=(
            "The ministry is the source; however, a consensus of credible reporting may be used.",
        ),
        misses=(
            "Credible reporting will not be used.",
            "The source is a consensus of official figures.",
        ),
    ),
    Phrase(
        "unnamed_fallback_source",
        ("another ", "other credible", "other reliable", "other sources", "alternative source",
         "an alternative", "a similar source", "secondary "),
        r"(?:another (?:credible |reliable |reputable )?(?:resolution )?source|other (?:credible|"
        r"reliable) (?:[a-z]{4,10} )?(?:sources?|reporting|information)|other sources|"
        r"(?:an )?alternative (?:credible |reliable )?(?:resolution )?source|a similar source|"
        r"secondary (?:[a-z]{4,8} )?(?:sources?|feeds?))\b",
        cleared_by=r"\b(?:not|regardless of|rather than)\b[^.]{0,110}\b(?:other|another|"
        r"alternative|secondary)|\bwill not be\b|\bnot be (?:used|considered)",
        hits=("If the page is down, another source will be chosen.",),
        misses=(
            "This is about the exchange's price, not about other sources.",
            "No page other than this counts.",
        ),
    ),
    Phrase(
        "joint_confirmation",
        ("both ", "all three ", "all of the sources", "each of the sources", "jointly confirm",
         "mutual agreement", "mutually "),
        r"(?:both (?:the )?(?:[a-z' ]{0,30}?)?(?:governments|countries|parties|sides|sources)\b|"
        r"both (?:[a-z.]{2,20} ){1,3}and (?:the )?(?:[a-z.]{2,20} ){0,3}?(?:officially |publicly |"
        r"formally )?(?:announces?|confirm(?:s|ed)?|agree[sd]?|acknowledges?|sign(?:s|ed)?|"
        r"reports?)\b|"
        r"all three sources|(?:all|each) of the sources|jointly confirm(?:ed)?|"
        r"mutual agreement|mutually (?:agreed|announced|confirmed))",
        cleared_by=r"\bnot (?:need|require|necessar)|\beither\b[^.]{0,40}\bboth\b|\bor both\b|"
        r"\bboth (?:lower|upper)case",
        lowered_by=r"\bif (?:all three|both)[^.]{0,60}(?:haven't|have not|do not)|\bsuffice\b",
        because="the text says what happens if one of them does not",
        lowered_in_text=("haven't called the race", "have not called the race",
                         "do not achieve consensus"),
        hits=(
            "It counts once both governments have confirmed it.",
            "It counts if both Chile and Peru officially announce a treaty.",
        ),
        lowered=("Both governments must confirm it, though one statement will suffice.",),
        misses=("A note from either or both parties is enough.",),
    ),
    Phrase(
        "live_reading",
        ("check time", "when checked", "checked on", "checked at", "is checked", "shaded",
         "resolution time", "currently displayed", "memorialized", "live video", "at the time of "
         "checking", "as displayed"),
        r"(?:check time|when checked|(?:is )?checked (?:on|at)|shaded [a-z]{3,6}|"
        r"(?<=at the )resolution time|currently displayed|memorialized|live video|"
        r"at the time of checking|as displayed)",
        before=r"\b(?:at (?:the|this market's)?|the|be) $",
        cleared_by=r"\bnot be shaded|\bdo(?:es)? not depend\b",
        hits=(
            "The table is checked on May 1 at noon.",
            "The figure at the resolution time counts.",
        ),
        misses=("The referee checked the pitch.",),
    ),
    Phrase(
        "unclear_timestamp",
        ("as of market close", "market close", "end of the day", "end of day", "approximately",
         "on or about", "on or around", "reasonable time", "in the near future", "shortly after",
         "in a timely", "end of trading", "close of business", "by the end of the ", "by end of",
         "promptly", "until the earlier of"),
        r"(?:(?:final )?market close\b(?! price of)|end of (?:the )?(?:trading )?day|"
        r"approximately(?= \d| noon| midnight| [a-z]{3,9} \d)|on or (?:about|around)|"
        r"(?:a )?reasonable time|in the near future|shortly after|in a timely(?: [a-z]{3,8})?|"
        r"end of trading|close of business|as of market close|by (?:the )?end of (?:the )?"
        r"(?:month|year|quarter|week|january|february|march|april|may|june|july|august|september|"
        r"october|november|december|q[1-4])|promptly|until the earlier of)\b",
        cleared_by=r"\bdefined as\b|\bat \d{1,2}:\d\d|\bi\.e\.|\d{1,2}:\d\d(?::\d\d)? ?[ap]m",
        hits=(
            "The largest firm as of market close wins.",
            "The vote is expected on or around the tenth.",
        ),
        misses=("End of day is defined as 17:00 UTC.",),
    ),
    Phrase(
        "undefined_delay",
        ("remain open until", "remains open until", "will stay open"),
        r"(?:remains? open until|will stay open(?: until)?)[^.\n]{0,60}",
        before=r"\bmarket (?:(?:may|will) )?$",
        cleared_by=r"\d{1,2}:\d\d|\b(?:january|february|march|april|may|june|july|august|september|"
        r"october|november|december|dec) \d|\bend of the (?:second|third|next) day|\bearlier of\b|"
        r"\b\d{1,3} (?:full |calendar |business )?(?:hours|days)\b",
        lowered_in_text=("permanently unavailable",),
        because="a way out is named",
        hits=("If it rains, this market will remain open until the game is played.",),
        lowered=(
            "This market will remain open until the page is back. If it is permanently "
            "unavailable, it resolves to No.",
        ),
        misses=("This market may remain open until June 3, 2031, 11:59 PM ET.",),
    ),
    Phrase(
        "split_settlement",
        ("50-50", "50/50", "50 - 50", "0.5", "split evenly", "half of the"),
        r"(?:50 ?[-/] ?50|\$?0\.5(?:0)? (?:each|per share)|split evenly|half of the (?:payout|"
        r"amount))",
        before=r"\b(?:will )?(?:be )?(?:also )?(?:resolved?s?|settles?) (?:to |as |at )?\"?$",
        hits=("If it is called off, this market will resolve 50-50.",),
        misses=("The vote in the chamber was 51-49.",),
    ),
    Phrase(
        "unclear_boundary",
        ("between ",),
        r"between \$?\d[\d,.]{0,14}[%bkmt°cf]{0,3}(?: (?:million|billion|trillion|percent))? "
        r"(?:and|to|-) \$?\d[\d,.]{0,14}[%bkmt°cf]{0,3}",
        cleared_by=r"inclusive|exclusive|\bor (?:more|higher|greater|less|lower)\b|\d:\d\d|"
        r"\b(?:am|pm) et\b|\bfor each\b|'\d\d\b",
        lowered_in_text=("falls exactly between", "fall exactly between", "higher range bracket",
                         "higher bracket"),
        because="the text says where an exact hit falls",
        hits=("It counts if turnout is between 40% and 45%.",),
        lowered=(
            "It counts if turnout is between 40% and 45%. If it falls exactly between two, the "
            "higher wins.",
        ),
        misses=("It counts if turnout is between 40% (inclusive) and 45% (exclusive).",),
    ),
)  # fmt: skip
