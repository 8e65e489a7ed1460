"""Who takes: informed takers win against the resting side, the others pay for the spread."""

from bisect import bisect
from statistics import mean

from pmcore.book.book import Book
from pmcore.events import BookReset, LevelChanged, TradePrinted
from pmcore.ids import BUY, UP

FIVE_SECONDS = 5_000_000_000


def markouts(stream):
    """Of each trade, what the taker gained per share after 5 s, in dollars."""
    book, times, mids, trades = Book(), [], [], []
    for fact in stream:
        match fact:
            case BookReset() if fact.outcome == UP:
                book.reset(fact.bids, fact.asks)
            case LevelChanged() if fact.outcome == UP:
                book.set_level(fact.side, fact.price, fact.size)
                times.append(fact.at_ns)
                mids.append(book.mid)
            case TradePrinted():
                sign = 1 if (fact.side == BUY) == (fact.outcome == UP) else -1
                price = fact.price if fact.outcome == UP else 10_000 - fact.price
                trades.append((fact.at_ns, sign, price / 1e4))
    return [
        sign * (mids[place] - price)
        for at_ns, sign, price in trades
        if (place := bisect(times, at_ns + FIVE_SECONDS)) < len(mids)
    ]


def test_informed_takers_are_informed(facts):
    gains = [gain for seed in (1, 2, 3) for gain in markouts(facts(seed, trades_hz=0.0))]
    assert len(gains) > 100
    assert mean(gains) > 0.003


def test_uninformed_takers_pay_for_the_spread(facts):
    gains = [gain for seed in (1, 2, 3) for gain in markouts(facts(seed, informed=0.0))]
    assert len(gains) > 500
    assert -0.02 < mean(gains) < -0.001


def test_without_takers_nothing_is_traded(facts):
    stream = facts(1, trades_hz=0.0, informed=0.0)
    assert not any(isinstance(fact, TradePrinted) for fact in stream)


def test_uninformed_takers_come_in_clusters(facts):
    """Counts per second vary more than a steady stream's would (variance above the mean)."""
    counts = dict.fromkeys(range(300), 0)
    stream = facts(5, informed=0.0, trades_hz=1.0)
    first = next(fact for fact in stream if isinstance(fact, TradePrinted)).at_ns
    for fact in stream:
        if isinstance(fact, TradePrinted) and (fact.at_ns - first) // 10**9 in counts:
            counts[(fact.at_ns - first) // 10**9] += 1
    values = list(counts.values())
    centre = mean(values)
    assert mean((value - centre) ** 2 for value in values) > 1.2 * centre


def test_both_tokens_and_both_sides_are_traded(facts):
    kinds = {(f.outcome, f.side) for f in facts(1) if isinstance(f, TradePrinted)}
    assert kinds == {(0, 0), (0, 1), (1, 0), (1, 1)}
