"""What is assumed of the venue and of the queue: plain numbers, one record.

Three queue models answer the one question a recording cannot: would our resting order have been
filled? Each speaks of an order of ours resting at price `p`, of the outside shares that are served
before it (`ahead`), and of the opposite touch, the best outside price it could trade with.

`pessimistic`  The opposite touch must trade *through* `p`, or prints at `p` must exceed the whole
               queue that stood there when we joined. Cancels ahead of us never help.
`middle`       Prints at `p` eat the queue ahead, and what is left over fills us. When the level
               shrinks without a print the cancels are spread evenly over it, so the queue ahead
               shrinks in proportion. The opposite touch *reaching* `p` fills us up to its size.
`optimistic`   We are always first: any print at or through `p`, and the opposite touch at or
               through `p`, fills us up to its size.

In all three a print *through* `p` fills us up to its size, fills happen at our own price, an
opposite level gives what it shows once (not again at every repetition of the same quote), and
several of our orders share one print or level in price-time order. Where only the touch is recorded
the queue at a deeper price is unknown until the touch comes there, and is then all that is shown.
A tape without prints fills through the opposite touch only: nothing is inferred from shrinking.
"""

from typing import Final

import msgspec

from pmcore.units import SECOND, Cash, Ns, Shares

PESSIMISTIC: Final = 0
MIDDLE: Final = 1
OPTIMISTIC: Final = 2
MODEL_NAMES: Final = ("pessimistic", "middle", "optimistic")


class Assumptions(msgspec.Struct, frozen=True):
    """The venue's constants and the queue model of one run."""

    model: int = MIDDLE
    mined_ns: Ns = Ns(2 * SECOND)
    """From the match until MINED (or RETRYING, for a trade that will fail)."""
    confirmed_ns: Ns = Ns(10 * SECOND)
    """From the match until CONFIRMED (or FAILED)."""
    merge_ns: Ns = Ns(5 * SECOND)
    redeem_ns: Ns = Ns(5 * SECOND)
    chain_unknown_ns: Ns = Ns(30 * SECOND)
    """From a chain operation until its unknown fate is settled by a later event."""
    gas: Cash = Cash(0)
    """Cost of one chain operation in micro-dollars; 0 through the relayer."""
    heartbeat_ns: Ns = Ns(10 * SECOND)
    """Silence after which an armed account's orders are cancelled."""
    heartbeat_check_ns: Ns = Ns(5 * SECOND)
    notional_min: Cash = Cash(1_000_000)
    """Smallest marketable BUY: one dollar."""
    gtd_early_ns: Ns = Ns(60 * SECOND)
    """A GTD order is taken off this long before its stated expiry."""
    lot: Shares = Shares(10_000)
    """Fills that do not finish an order are whole multiples of this: 0.01 share."""
    taker_delay: bool = True
    """Whether marketable orders are held for the market's taker delay."""
    pay_rebates: bool = False
    """Whether the estimated maker rebate of a market is paid when it resolves."""
