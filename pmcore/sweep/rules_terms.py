"""Words on which outcomes turn, and how a text shows that it defines them. Data only.

Grave terms are those of the published contested markets (ceasefire, invasion, strike, deal, go
live) and their like; the others are the venue's everyday verbs, which mostly do no harm.
"""

from typing import Final

from pmcore.sweep.rule_entries import Term

_PRICE_RULE: Final = (
    "candle", "settlement price", '"high"', '"low"', '"close"', "closing price", "low price",
    "high price", "official clos", "close price", "daily close", "closing share price",
    "column", "index value", "as reported by", "according to the number",
)  # fmt: skip

DEFINING: Final = (
    "defined as", "is defined", "are defined", "refers to", "refer to", " means", " mean ",
    "considered", "constitut", "qualif", "must ", "will count", "not count", "counts as",
    "count as", "described in", "described as", "in the event that", "requires ", "criteria",
    "encompass", "includes ", "this includes", "i.e.", "not sufficient", "be sufficient", "suffice",
)  # fmt: skip
"""A sentence with one of these literals defines the words in it."""

TERMS: Final = (
    Term("ceasefire", ("fire", "truce"),
         r"cease-?fires?\b|\btruce", "ceasefire", True,
         hits=("It will resolve to Yes if a ceasefire begins.",),
         misses=("It will resolve to Yes if a ceasefire begins. A ceasefire is defined as a day "
                 "without shots.",)),
    Term("invasion", ("inva", "offensive"),
         r"invad(?:es?|ed|ing)\b|\binvasions?\b|\bmilitary offensive", "offensive", True,
         hits=("It will resolve to Yes if Ruritania invades Graustark.",)),
    Term("military action", ("military",),
         r"military (?:action|operation|engagement|clash|encounter|conflict)s?",
         "military", True,
         hits=("It will resolve to Yes if there is military action.",)),
    Term("strike", ("strike", "attack"),
         r"(?:air|missile|drone|military) ?strikes?\b|"
         r"\b(?:strikes?|attacks?) (?:on|against) (?!the (?:u\.s\. )?capitol)", "strike", True,
         hits=("It will resolve to Yes if there is a strike on the port.",)),
    Term("capture", ("captur", "seiz", "control", "annex"),
         r"captur(?:es?|ed|ing)\b|\bseiz(?:es?|ed)\b|\btakes? control\b|"
         r"\bannex(?:es|ed)?\b|\bestablish control", "captur", True,
         hits=("It will resolve to Yes if the rebels capture the town.",),
         misses=("It will resolve to Yes if the rebels capture the town. It is considered captured "
                 "when the map says so.",)),
    Term("fall of a government", ("overthrown", "collaps", "regime", "govern"),
         r"overthrown\b|\bcollaps(?:es?|ed)\b|\bregime (?:change|falls?)|"
         r"\bceases? to govern", "overthrow", True,
         hits=("It will resolve to Yes if the government is overthrown.",)),
    Term("deal", ("deal", "agreement", "accord", "treaty"),
         r"(?:peace |trade |nuclear |mineral )?(?:deals?|agreements?|accords?|treaty)\b",
         "agreement", True, settled_by=("plea agreement",),
         hits=("It will resolve to Yes if a trade deal is reached.",)),
    Term("normalization", ("normali", "diplomatic"),
         r"normali[sz](?:es?|ed|e relations|ation)\b|\bdiplomatic relations",
         "normali", True,
         hits=("It will resolve to Yes if the two normalize relations.",)),
    Term("going live", ("live", "publicly", "generally"),
         r"go(?:es)? live\b|\bpublicly (?:placed|available|launch(?:es|ed)?|tradable)|"
         r"\bgenerally available\b", "publicly", True,
         hits=("It will resolve to Yes if the shop goes live.",)),
    Term("closure", ("clos", "blockade", "halt", "restrict"),
         r"clos(?:es?|ed|ure) (?:of )?(?:its|the|international) (?:air|sea|border|strait)"
         r"[a-z]{0,12}|\bblockade[sd]?\b|"
         r"\b(?:halts? or (?:[a-z]{2,12} )?)?restricts?\b", "closure", True,
         hits=("It will resolve to Yes if the country closes its airspace.",)),
    Term("disarm", ("disarm", "withdr"),
         r"disarm(?:s|ed|ament)?\b|\bwithdraw(?:s|al)? (?:of )?"
         r"(?:its|all|their) (?:troops|forces|military)", "disarm", True,
         hits=("It will resolve to Yes if the militia disarms.",)),
    Term("reach", ("reach", "hit", "touch", "dip", "surpass"),
         r"(?<!is )(?<!verdict )reach(?:es|ed)? (?!the |any |an? |\d+ miles|at least)|"
         r"\bhits?\b|\btouch(?:es|ed)?\b|\bdips?\b|\bsurpass(?:es|ed)?\b", "reach",
         settled_by=_PRICE_RULE,
         hits=("It will resolve to Yes if tin reaches $40,000.",),
         misses=("It will resolve to Yes if any candle shows that tin reaches $40,000.",)),
    Term("close", ("clos",),
         r"clos(?:es?|ing|ed) (?:at|above|below|over|under|price)\b",
         "close", settled_by=("candle", '"close"', "official clos", "close price available",
                              "settlement price"),
         hits=("It will resolve to Yes if tin closes above $40,000.",)),
    Term("official", ("officially", "formally"),
         r"officially (?!crowned|named|declared|awarded|substantiated|"
         r"announced? as)[a-z]{3,14}|"
         r"\bformally [a-z]{3,14}", "official",
         hits=("It will resolve to Yes if the town officially renames the square.",)),
    Term("launch", ("launch", "release", "airdrop"),
         r"launch(?:es|ed)?\b|(?<!be )(?<!been )released?\b|\breleases\b|\bairdrops?\b", "launch",
         settled_by=("to be considered a launch", "release\" ", "publicly available for",
                     "release refers", "release\" refers", "week after launch\"",
                     "day after launch\"", "considered a launch", "must be actively"),
         hits=("It will resolve to Yes if the firm launches a phone.",),
         misses=("It will resolve to Yes if the firm launches a phone. A phone must be on sale to "
                 "be considered a launch.",)),
    Term("visit", ("visit", "enter", "foot", "attend"),
         r"visits?\b|\benters? (?!into|the opposing)[a-z]{2,12}|\bset(?:s|ting)? foot\b|"
         r"\battends?\b", "visit",
         settled_by=("physically enter", "setting foot", "attending the", "physical attendance",
                     "physically present"),
         hits=("It will resolve to Yes if the mayor visits the island.",)),
    Term("meeting", ("meet",),
         r"meets? with\b|\bmeetings?\b|\bmeet in person\b", "meeting",
         settled_by=("fomc", "federal reserve", "central bank", "interest rate"),
         hits=("It will resolve to Yes if the mayor meets with the bishop.",),
         misses=("It will resolve to Yes if there is a meeting. A meeting is defined as an "
                 "encounter in person.",)),
    Term("leaving office", ("ceas", "no longer", "leave", "removed", "out as", "step", "resign"),
         r"ceases? to be\b|\bno longer (?:the|serving|in)\b|\bleaves? (?:office|"
         r"their|his|her)|\bremoved from\b|\bout as\b|\bsteps? down\b|\bresigns?\b", "remov",
         settled_by=("resignation", "voluntary", "definitively announce"),
         hits=("It will resolve to Yes if the minister steps down.",)),
    Term("insolvency", ("insolvent", "bankrupt", "default", "recession"),
         r"insolvent\b|\bbankrupt(?:cy)?\b|\bdefaults? on\b|\brecession\b",
         "recession",
         hits=("It will resolve to Yes if the bank is insolvent.",)),
    Term("takeover", ("acqui", "merg", "sell"),
         r"acquir(?:es?|ed|ing)\b|\bacquisition\b|\bmerg(?:es|ed|er)\b|\bsells? off\b",
         "acqui",
         hits=("It will resolve to Yes if the brewer acquires the mill.",)),
    Term("endorsement", ("endors", "backs", "support"),
         r"endors(?:es?|ed|ement)\b|\bbacks\b|\bsupports\b", "endors",
         hits=("It will resolve to Yes if the poet endorses the mayor.",)),
    Term("saying", ("say", "mention", "said"),
         r"(?:says?|mentions?|said)\b", "mention",
         settled_by=("any usage", "exact phras", "plural"),
         hits=("It will resolve to Yes if the mayor says the word.",)),
)  # fmt: skip
