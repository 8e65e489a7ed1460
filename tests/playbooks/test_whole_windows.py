"""Conversations from the first quote to the last cent."""

from itertools import pairwise

from pmcore import effects as ef
from pmcore import events as ev
from pmcore.ids import DOWN, UP
from tests.core.stage import market
from tests.playbooks.playbook import (
    WINDOW,
    Playbook,
    accepted,
    asked,
    beat,
    cancel,
    cancelled,
    cash,
    check_quiet,
    filled,
    hear,
    merged,
    place,
    shares,
    told,
    until,
    wait,
)

ONE_RUNG = {"trading.ladder_levels": 1}


def quoted(settings=None):
    """One order a side rests."""
    book = Playbook(ONE_RUNG | (settings or {}))
    book >> beat() << place(UP, 48).as_("up") << place(DOWN, 48).as_("down") << check_quiet
    book >> accepted("up", "down") << check_quiet
    return book


def test_fill_pair_merge_resolve_redeem_drop():
    book = quoted()
    book >> filled("up", 10) << check_quiet
    book >> filled("down", 10) >> beat(0.2) << asked(ef.MergePairs, size=shares(10)).as_("merge")
    book >> merged("merge") >> wait(0.5) << place(UP, 48).as_("up2") << place(DOWN, 48).as_("down2")
    assert book.stage.market.inventory.realised == cash(0.4)
    book >> accepted("up2", "down2") >> filled("up2", 7) >> wait(1.0)
    book << cancel(book, "up2") << place(UP, 48).as_("up3") << check_quiet
    book >> cancelled("up2") >> accepted("up3")
    book >> until(755) << cancel(book, "up3") << cancel(book, "down2")
    book << place(DOWN, 50, size=shares(7)).as_("rest") << check_quiet
    book >> cancelled("up3", "down2") >> accepted("rest")
    book >> until(845) << cancel(book, "rest") << check_quiet
    book >> cancelled("rest") >> until(900.5) << check_quiet
    book >> hear(ev.MarketResolved, 0, WINDOW, 10_000)
    book << asked(ef.RedeemShares, market=WINDOW).as_("redeem") << check_quiet
    book >> told(ev.RedeemConfirmed, "redeem", WINDOW, cash(7), cash(0))
    book >> beat(0.2) << asked(ef.DropMarket, market=WINDOW) << check_quiet
    book >> hear(ev.MarketDropped, WINDOW) << check_quiet
    totals = book.stage.state.totals
    assert (totals.markets, totals.fills, totals.pairs_merged) == (1, 3, shares(10))
    assert totals.realised == cash(0.4) + cash(7) - cash(7 * 0.48)


def test_next_window_is_quoted_without_a_gap():
    book = quoted()
    stage = book.stage
    following = WINDOW + 900
    book >> until(830)
    book >> hear(ev.MarketListed, market(following)) << asked(ef.WatchMarket, market=following)
    book >> hear(ev.MarketWatched, following)
    book >> until(841) << cancel(book, "up") << cancel(book, "down") << check_quiet
    book >> cancelled("up", "down") >> until(899.9)
    for outcome in (UP, DOWN):
        levels = ((4_900, shares(50)),), ((5_100, shares(50)),)
        stage.hear(ev.BookReset, stage.now, following, outcome, *levels)
    book >> beat(0.05) << check_quiet
    book >> until(900) << place(UP, 49, market=following) << place(DOWN, 49, market=following)
    book << check_quiet


def test_missing_slug_is_looked_for_again_later_and_later():
    stage = Playbook().stage
    stage.now += 10**9
    following = WINDOW + 900
    asked_at = []
    for _ in range(700):
        for effect in stage.beat(0.1):
            if isinstance(effect, ef.FindMarket) and effect.market == following:
                asked_at.append(stage.now // 10**9 % 900)
                stage.hear(ev.MarketMissing, following)
        if stage.state.searching.get(following) == 0:
            stage.hear(ev.MarketMissing, following)
    pauses = [b - a for a, b in pairwise(asked_at)]
    for pause, longer in zip(pauses, (2, 4, 8, 15, 30), strict=True):
        assert longer <= pause <= longer + 1


def test_taker_completion_near_the_end():
    book = quoted({"inventory.max_unpaired_shares": 500.0})
    book >> filled("up", 10)
    book >> until(760, bid=4_300, ask=4_500) << cancel(book, "down")
    book << place(DOWN, 52, size=shares(10), post_only=True).as_("rest") << check_quiet
    book >> cancelled("down") >> accepted("rest") << check_quiet
    book >> until(785, bid=5_300, ask=5_500) << cancel(book, "rest")
    book >> cancelled("rest") >> wait(0.1, bid=5_300, ask=5_500)
    book << place(DOWN, 50, post_only=False, size=shares(10)).as_("take") << check_quiet
    book >> accepted("take") >> filled("take", 10, fee=175_000) >> beat(0.2)
    book << place(UP, 48) << place(DOWN, 45)
    book << asked(ef.MergePairs, size=shares(10)).as_("merge") << check_quiet
    book >> merged("merge")
    assert book.stage.market.inventory.realised == shares(10) - cash(4.8) - cash(5.0) - 175_000
