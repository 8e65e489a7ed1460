"""Any well-formed event, the hostile ones above all: a strategy for each member of `AnyEvent`."""

from typing import Any, get_args, get_type_hints

import hypothesis.strategies as st

from pmcore import events as ev
from pmcore import ids, units
from pmcore.account_events import OpenOrder
from pmcore.config import config_from, config_text
from pmcore.market import FeeTerms, Market, RewardTerms, Settlement
from pmcore.order import Kind
from tests.core.stage import T0, WINDOW, market, tree

BIG = 2**62
ANY_INT = st.integers(-BIG, BIG)
WINDOWS = st.sampled_from((WINDOW, WINDOW + 900, WINDOW - 900, 0, -1, BIG))
NUMBERS = st.integers(0, 60) | st.sampled_from((-1, BIG))
MOMENTS = st.integers(0, 2_000).map(lambda s: T0 + s * 10**9) | ANY_INT
PRICES = st.integers(-100, 10_100) | st.integers(0, 100).map(lambda t: t * 100) | ANY_INT
SIZES = st.integers(0, 40).map(lambda n: n * 10**6) | st.integers(-5, 5) | ANY_INT
TEXTS = st.sampled_from(("", "x", "post_only_would_cross", "auth", "0" * 40, "é\x00'\"{"))
TREES: tuple[dict[str, Any], ...] = (
    {},
    {"trading.ladder_levels": 7, "trading.cutoff_seconds": 0, "trading.base_size_shares": 1e6},
    {"inventory.skew_mild_shares": 0.0, "inventory.skew_moderate_shares": 0.0},
    {"infra.place_burst": 1.0, "infra.cancel_burst": 1.0}
    | {"infra.place_reserve": 0.0, "infra.cancel_reserve": 0.0},
    {"trading.window_seconds": 300, "rewards.chase": True, "risk.max_daily_loss_usdc": 0.0},
    {"oracle.verify_checksums": False, "alpha.fast_move_window_ms": 100},
)
CONFIGS = st.sampled_from([config_text(config_from(tree(each))) for each in TREES])
TERMS = st.builds(
    market,
    start=st.sampled_from((WINDOW, WINDOW + 900, WINDOW - 900, 0)),
    length=st.sampled_from((900, 300, 0, -1)),
    tick=st.sampled_from((100, 10, 25, 1, 0, -1, BIG)),
    min_size=SIZES,
    fees=st.builds(FeeTerms, ANY_INT, st.integers(0, 4), st.booleans(), ANY_INT, ANY_INT),
    rewards=st.builds(RewardTerms, SIZES, PRICES, ANY_INT, ANY_INT),
    settlement=st.builds(Settlement, st.integers(0, 2), ANY_INT, st.booleans()),
    order_version=st.integers(1, 3),
    closed=st.booleans(),
    restricted=st.booleans(),
    accepting=st.booleans(),
)
BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    units.Price: PRICES,
    units.Shares: SIZES,
    units.Cash: ANY_INT,
    units.Ns: MOMENTS,
    units.OraclePrice: st.integers(99_000, 101_000).map(lambda usd: usd * 10**12) | ANY_INT,
    ids.MarketId: WINDOWS,
    ids.OrderId: NUMBERS,
    ids.OpId: NUMBERS,
    ids.Outcome: st.integers(0, 1),
    ids.Side: st.integers(0, 1),
    ids.Feed: st.integers(0, 3),
    ids.Source: st.integers(0, 2),
    Kind: st.integers(0, 3),
    Market: TERMS,
    int: st.integers(0, 4) | ANY_INT,
    str: TEXTS,
    bool: st.booleans(),
}
BY_TYPE[ev.Levels] = st.lists(st.tuples(PRICES, SIZES), max_size=4).map(tuple)
BY_TYPE[tuple[ids.OrderId, ...]] = st.lists(NUMBERS, max_size=4).map(tuple)


def _struct(kind: Any, **given: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    fields = {name: BY_TYPE[hints[name]] for name in kind.__struct_fields__ if name not in given}
    return st.builds(kind, **fields, **given)


BY_TYPE[tuple[OpenOrder, ...]] = st.lists(_struct(OpenOrder), max_size=4).map(tuple)
BY_TYPE[tuple[ev.Holding, ...]] = st.lists(_struct(ev.Holding), max_size=4).map(tuple)
GIVEN: dict[Any, dict[str, st.SearchStrategy[Any]]] = {
    ev.Configured: {"config": CONFIGS},
    ev.TradeReported: {"status": st.integers(0, 4)},
    ev.OrderRejected: {"code": st.sampled_from(ev.REJECT_CODES) | TEXTS},
}
KINDS = get_args(ev.AnyEvent)
EVENT_OF: dict[Any, st.SearchStrategy[Any]] = {
    kind: _struct(kind, **GIVEN.get(kind, {})) for kind in KINDS
}
EVENTS = st.one_of(*EVENT_OF.values())
