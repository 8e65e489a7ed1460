"""One tick stamped in the future must not make every later tick look old."""

import pytest

from pmcore import events as ev
from pmcore.ids import CHAINLINK, TWAP_60
from pmcore.market import AVERAGE, Settlement
from pmcore.units import SECOND, Ns, OraclePrice
from tests.core.stage import STRIKE, T0, USD, Stage, market, quoting

AHEAD_S = (6, 3_600, 10**6)


def walk(stage, bad_s=0):
    """Two hundred seconds of ticks; with `bad_s`, one in the middle is that far ahead."""
    for second in range(200):
        stage.now = Ns(stage.now + SECOND)
        if bad_s and second == 100:
            stamp = Ns(stage.now + bad_s * SECOND)
            stage.hear(ev.OracleTicked, stamp, CHAINLINK, OraclePrice(STRIKE * USD))
        stage.tick(STRIKE + 30 * (second % 7))
    return stage.state.alpha.volatility


@pytest.mark.parametrize("ahead_s", AHEAD_S)
def test_the_variance_goes_on(ahead_s):
    good, bad = walk(quoting()), walk(quoting(), ahead_s)
    assert bad == good


@pytest.mark.parametrize("source", [CHAINLINK, TWAP_60])
@pytest.mark.parametrize("ahead_s", AHEAD_S)
def test_the_fixings_stay_open(ahead_s, source):
    stage = Stage()
    stage.now = Ns(T0 - 100 * SECOND)
    stage.open(market(settlement=Settlement(AVERAGE, Ns(60 * SECOND))))
    stage.hear(ev.OracleTicked, Ns(stage.now + ahead_s * SECOND), source, OraclePrice(STRIKE * USD))
    for _ in range(101):
        stage.now = Ns(stage.now + SECOND)
        stage.tick(STRIKE + 50)
    assert stage.market.start.price == (STRIKE + 50) * USD
    assert stage.market.end.closed_ns == 0


def test_a_stamp_a_little_ahead_is_a_clock_a_little_off():
    stage = quoting()
    stage.now = Ns(stage.now + SECOND)
    stage.hear(
        ev.OracleTicked, Ns(stage.now + 4 * SECOND), CHAINLINK, OraclePrice((STRIKE + 9) * USD)
    )
    assert stage.state.alpha.chainlink.last_usd == STRIKE + 9
