"""Phrases about who decides and by what words: discretion, amendments, degrees, judgement."""

from typing import Final

from pmcore.sweep.rule_entries import Phrase

_WE: Final = (
    r"(?:polymarket|the (?:team|operator|committee|platform|exchange|administrators?|moderators?|"
    r"market'?s? creators?|creators?))"
)
"""Whoever may settle a market."""
_VERDICT: Final = r"(?:decision|determination|interpretation)s?"
_OTHERS: Final = (
    r"(?:courts?|judges?|jury|justices?|tribunal|magistrate|voters|senate|house|congress|"
    r"parliament|president|governor|minister|secretary|company|referees?|umpires?)"
)
"""Whoever decides inside the event, not about the market."""
_OF_OTHERS: Final = (
    rf"\b{_OTHERS}\b(?:(?!polymarket|operator|\bwe\b|market|creator|resol|settle)[^.,;]){{0,40}},? "
    r"(?:at|in|within) (?:his|her|its|their)\b[a-z ]{0,20}\bdiscretion"
)
_NOT: Final = (
    r"\b(?:not|never|without|cannot) "
    r"(?:(?:be|been|is|are|resolved?|settled?|decided?|determined?|based|made?|left|act|depend|"
    r"rest|judged?|up|to|in|on|by|upon|at|of|for|under|within|the|an?|any|its|our|their|"
    r"[a-z]{2,12}ly) ){0,6}$"
)
"""A negation that leads to what follows through nothing but words that belong to both."""
_NOBODY: Final = (
    r"(?:(?<!if )(?<!when )(?<!where )(?<!because )\b(?:no (?:one|party|person|body|user|trader|"
    r"side|operator|creator|team)|nobody|neither (?:side|party)) "
    r"(?:(?:may|can|could|will|would|shall|should|must|has|reserves)(?: [a-z']{1,14}){0,8} )?$)"
)
"""The same, from a subject that is nobody."""

DECIDING: Final = (
    Phrase(
        "discretionary_settlement",
        ("discretion",),
        r"discretion(?:ary)?\b(?: (?:of|by) [a-z' ]{2,40})?",
        before=r"(?:\b(?:at|in|under|within) )?\b(?:the|our|its|their|his|her|polymarket's)"
        r"(?: (?:sole|absolute|own|full|reasonable|complete|best))*(?: and [a-z]{3,10})? $",
        needs_before=True,
        denied_before=rf"{_NOT}|{_NOBODY}",
        lowered_by=_OF_OTHERS,
        because="it is left to somebody in the event, not to whoever settles the market",
        hits=(
            "Ties are settled at our discretion.",
            "The outcome is final and within the sole discretion of the operator.",
            "If it is not played, at our discretion it settles to No.",
        ),
        lowered=("The judge may, at her discretion, delay sentencing.",),
        misses=(
            "This market is not resolved at our discretion.",
            "Settlement happens without the discretion of any party.",
            "Cuts in discretionary spending count.",
            "No party may decide the outcome at its own discretion.",
        ),
    ),
    Phrase(
        "discretionary_settlement",
        ("may decide", "will decide", "may determine", "reserves the right", "reserve the right",
         "sole judgment", "sole judgement", "good faith", "own judgment", "own judgement",
         "best judgment", "best judgement", "as we see fit", "deems appropriate",
         "deem appropriate", "final say"),
        before=rf"\b(?:we|{_WE})"
        r"(?: or [a-z]{2,20})? $|\b(?:in|its|our|their|resolved in|sole) $",
        denied_before=rf"{_NOT}|{_NOBODY}|\b{_OTHERS}(?: or [a-z]{{2,20}})?"
        r"(?: (?:may|will|must|shall|can|to|acts?|decide[sd]?|determine[sd]?)){0,4} $",
        cleared_by=r"\bteam (?:may|will) (?:decide|determine)",
        hits=(
            "We may decide to settle early.",
            "The operator reserves the right to settle at any price.",
            "Unforeseen cases are resolved in good faith.",
            "If data is not available, we reserve the right to settle at any price.",
            "In the event the match is not played, Polymarket may determine the outcome.",
            "It is resolved by its creator based on their best judgment.",
            "The court may decide the case, and we may decide to settle.",
        ),
        misses=(
            "The court may decide the case in June.",
            "The court will decide in good faith.",
            "Polymarket does not reserve the right to settle early.",
            "It is not settled in good faith.",
        ),
    ),
    Phrase(
        "discretionary_settlement",
        ("in the opinion of", "in the sole opinion of", "in the reasonable opinion of",
         "in our opinion", "in our sole opinion", "in polymarket's opinion",
         "in polymarket's sole opinion", "in the operator's opinion"),
        rf"in (?:the (?:[a-z]{{4,10}} )?opinion of (?:us\b|{_WE})|"
        r"(?:our|polymarket's|the operator's) (?:sole )?opinion)",
        denied_before=rf"{_NOT}|{_NOBODY}",
        hits=("In the opinion of the operator, a draw may count as a win.",),
        misses=("In the opinion of the court, the law is void.",),
    ),
    Phrase(
        "discretionary_settlement",
        ("solely by", "exclusively by", "entirely by", "only by", "by polymarket alone",
         "by polymarket in its sole"),
        rf"(?:(?:solely|exclusively|entirely|only) by (?:us\b|{_WE}|its creator)|"
        r"by polymarket (?:alone|in its sole [a-z]{4,12}))",
        before=r"\b(?:determined|decided|resolved|settled|judged) $",
        needs_before=True,
        denied_before=rf"{_NOT}|{_NOBODY}",
        hits=("The outcome is determined solely by Polymarket.",),
        misses=(
            "The outcome is not determined solely by Polymarket.",
            "The winner is determined solely by the popular vote.",
        ),
    ),
    Phrase(
        "discretionary_settlement",
        ("polymarket's ", "our decision", "our determination", "our interpretation", "operator's ",
         "team's ", "platform's ", "exchange's ", "creator's ", "decision of ", "decisions of ",
         "decision by ", "determination of ", "determination by ", "interpretation by "),
        rf"(?:(?:our|[a-z]{{4,10}}'s) (?:(?:sole|own|final) )?{_VERDICT}|"
        rf"{_VERDICT} (?:of|by) {_WE}) (?:is|are|will be|shall be) (?:considered )?"
        r"(?:final|binding|conclusive)",
        denied_before=rf"{_NOT}|{_NOBODY}",
        hits=(
            "Polymarket's decision is final.",
            "The decision of the operator shall be binding.",
        ),
        misses=(
            "The referee's decision is final.",
            "It counts once the court's decision is final.",
        ),
    ),
    Phrase(
        "discretionary_settlement",
        ("totality of",),
        r"totality of (?:the )?(?:available )?(?:information|evidence|reporting|circumstances)"
        r"[a-z ]{0,20}",
        before=r"\b(?:judged|decided|determined|resolved|assessed)(?: [a-z]{1,12}){0,3} the $",
        needs_before=True,
        hits=("Conflicting reports are judged based on the totality of evidence.",),
        misses=("The totality of phase of an eclipse lasts minutes.",),
    ),
    Phrase(
        "amendable_rules",
        ("may be updated", "may be amended", "may be changed", "may be modified", "may be added",
         "may be revised", "may be edited", "subject to change", "will be updated"),
        before=r"\b(?:market|rules?|outcomes?|candidates?[^.]{0,90}|options?|list|description|text|"
        r"criteria|names?|models?|teams?|deadline)"
        r"(?: (?:for|of|in) (?:this|the) market)?(?: [a-z]{2,10})? $",
        needs_before=True,
        denied_before=r"\bno (?:(?:other|further|more|new|additional) )?$",
        hits=(
            "The game cannot be replayed and will not be voided, but the rules may be amended.",
            "This market may be updated to add another firm.",
            "The rules of this market are subject to change.",
            "Further outcomes may be added at a later date.",
        ),
        misses=(
            "No options may be added after listing.",
            "The case counter may be updated daily.",
        ),
    ),
    Phrase(
        "clarified_later",
        ("in response to trader", "clarification:", "clarifying note", "update:", "edit:",
         "additional context:", "additional context added", "note added", "this text was amended",
         "these rules were amended", "rules were updated"),
        hits=(
            "In response to trader questions: drafts do not count.",
            "Clarification: only the first round counts.",
            "Note added on May 3: drafts do not count.",
        ),
        misses=("The bureau published a clarification of its method.",),
    ),
    Phrase(
        "vague_magnitude",
        ("significant", "substantial", "severe", "widespread", "meaningful", "materially",
         "considerable", "sizeable", "large-scale", "large scale", "serious", "notable",
         "a majority of users", "noticeabl"),
        r"(?:(?:significant|substantial|severe|considerable|sizeable|serious|notable|noticeable|"
        r"meaningful)(?:ly)?|considerably|noticeably|materially|large[- ]scale|"
        r"widespread(?! consensus))\b(?: (?!that|and|or|of|for|in|to)[a-z-]{3,20})?|"
        r"a majority of users\b",
        definable=True,
        cleared_by=r"\bnot (?:be )?(?:necessar|requir)|\bregardless of\b|\bdefined as\b|"
        r"\bbuzz\b|\bsignificant (?:figure|digit)",
        lowered_by=r"\bat least [\d$]|\be\.g\.|\bi\.e\.|"
        r"[\d,]{1,12} ?(?:%|percent|users|people|flights)",
        because="an example or a number stands beside it",
        hits=("It counts if the port suffers significant damage.",),
        lowered=("Severe restrictions (e.g. a full closure) count.",),
        misses=("A significant delay is defined as two hours or more.",),
    ),
    Phrase(
        "vague_magnitude",
        ("major ", "primarily ", "mostly ", "largely "),
        r"(?:major (?!news|media|league|lazer|junior|general|leagues|tournament|championship|"
        r"outage|airline)[a-z]{3,14}|(?:primarily|mostly|largely) [a-z]{3,14})",
        definable=True,
        cleared_by=r"\bdefined as\b|\brefers? to\b|\branked\b|\bordered\b|\bdetermined\b",
        lowered_by=r"\be\.g\.|\bi\.e\.|\bfollowing\b|\bat least [\d$]",
        because="an example or a list stands beside it",
        hits=("It counts if a major airport is closed.",),
        lowered=("A major bank (e.g. one of the four largest) must fail.",),
        misses=(
            "A major closure is defined as one of all runways.",
            "The major league season ends in October.",
        ),
    ),
    Phrase(
        "judgement_call",
        ("intended to", "intent ", "intention", "good faith", "de facto", "effectively",
         "reasonabl", "unambiguous", "unequivocal", "the spirit of", "demonstrably",
         "deliberate", "genuine", "bona fide", "effective control",
         "definitive", "conclusive", "incontrovertible", "irrefutable", "indisputable"),
        r"(?:intended to [a-z]{2,14}|intent(?:ion)?s?\b|good faith|de facto(?: [a-z]{3,14})?|"
        r"effectively [a-z]{3,14}|reasonabl[ey](?: [a-z]{3,14})?|unambiguous(?:ly)?|"
        r"unequivocal(?:ly)?|the spirit of|demonstrably|deliberate(?:ly)?|"
        r"genuine(?:ly)?|bona fide|effective control|\b(?:definitive|conclusive|incontrovertible|"
        r"irrefutable|indisputable)(?: [a-z]{2,16}){0,3} (?:evidence|proof)\b)",
        definable=True,
        cleared_by=r"\bregardless of (?:the )?(?:intent|motive)|\bnot intended\b|"
        r"\bwhether deliberate|\bexpress(?:es|ing)? intent|"
        r"announc[a-z]{0,6} "
        r"(?:their |his |her |its |the |an? )?inten|inten[a-z]{0,5} to (?:divorce|caucus|resign|"
        r"run|retire)|\bstatements? of intent|\bintent(?:ion)? (?:is|will be) irrelevant|"
        r"\binterest rate|\bintents? to caucus|of their intents?\b",
        lowered_by=r"\b(?:defined as|refers? to|means|such as|e\.g\.|i\.e\.)",
        because="the text says or shows what it means",
        hits=(
            "It counts if troops land with a force intended to hold ground.",
            "Whoever de facto governs on that day wins.",
            "It counts if definitive scientific evidence of a landing is made public.",
            "It counts if incontrovertible proof is shown that he lives.",
        ),
        lowered=("Effective control (e.g. of the capital) decides.",),
        misses=(
            "Statements of intent do not count.",
            "It counts regardless of intent.",
            "A definitive agreement is one that both sides have signed.",
            "Inconclusive evidence does not count.",
        ),
    ),
    Phrase(
        "announcement_suffices",
        ("announcement", "announces", "announced", "announce "),
        r"announce(?:ment|ments|s|d)?\b[^.\n]{0,160}?\b(?:regardless of (?:when|whether|if)|"
        r"even if (?:it|the|they|he|she)|will (?:also )?(?:immediately )?(?:resolve|suffice|"
        r"qualify|count|be sufficient))",
        cleared_by=r"\bannouncements? alone\b|\bnot (?:qualify|count|suffice|be sufficient|be con)|"
        r"\bno (?:such )?announcement|\bif no\b|"
        r"\bif [a-z0-9 .'-]{0,60}(?:does not|doesn't|is not|isn't)\b|\bwinner\b|"
        r"\bnot announced\b|\b(?:isn't|is not) announced",
        hits=(
            "An announcement before the end resolves it: such an announcement will count, done "
            "or not.",
            "If a merger is announced, it counts regardless of when it closes; an announced merger "
            "will qualify.",
        ),
        misses=(
            "Announcements alone will not count.",
            "The winner is announced in May.",
        ),
    ),
    Phrase(
        "announcement_suffices",
        ("need only announce", "not necessary that", "only needs to announce",
         "announced intention", "announcement alone will"),
        r"(?:need only announce|not necessary that (?:an? |the |any )?[a-z]{3,14}|only needs to "
        r"announce|announced intention|announcement alone will (?:count|qualify|suffice))",
        cleared_by=r"\bnot (?:qualify|count|suffice)",
        hits=("It is not necessary that work begins, only that the mayor says so.",),
        misses=("An announced intention will not count.",),
    ),
    Phrase(
        "open_list",
        ("including but not limited to", "including, but not limited to", "but is not limited to",
         "etc.", "or otherwise", "or similar", "and so on", "other forms of", "any other form",
         "among others", "or equivalent", "or comparable", "or any similar"),
        cleared_by=r"\bwill not (?:count|qualify|be considered|suffice)|\bdo(?:es)? not (?:count|"
        r"qualify)|\bregardless\b|\bfalls? (?:exactly )?between|\bidentifiable\b|\bno bearing\b|"
        r"\bor otherwise (?:is|stepped|no winner|plays)|\bfor (?:any|whatever) reason|"
        r"\bcannot be used\b|\bimpossible\b",
        lowered_by=r"\b(?:e\.g|i\.e|ex:|such as)[^)]{0,80}etc|https?:",
        because="it ends a list of examples only",
        hits=(
            "Contact includes but is not limited to calls and letters.",
            "It counts if the office is dissolved or otherwise stops work.",
        ),
        lowered=("Official speakers (e.g. lawyers, agents, etc.) may confirm it.",),
        misses=("Rumours, drafts, etc. will not count.",),
    ),
)  # fmt: skip
