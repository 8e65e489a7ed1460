"""Which request goes where: one table per service, by method and path.

A path that ends in `*` takes one more segment, which is the last argument of its function.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from pmapp.local_venue import (
    admin,
    cancelling,
    clob_account,
    clob_public,
    clob_reads,
    gamma,
    placing,
    positions,
    relayer,
)
from pmapp.local_venue.http import Answer, Promise, Request, error

if TYPE_CHECKING:
    from pmapp.local_venue.venue import Venue

PUBLIC: Final = 0
L1: Final = 1
L2: Final = 2
TRADE: Final = 3
"""As L2, and not with a read-only key."""
Route = tuple[int, Callable[..., Answer | Promise], tuple[str, ...]]
Table = dict[tuple[str, str], Route]


def _of(auth: int, call: Callable[..., Answer | Promise], *more: str) -> Route:
    return auth, call, more


CLOB: Final[Table] = {
    ("GET", "/ok"): _of(PUBLIC, clob_public.health),
    ("GET", "/"): _of(PUBLIC, clob_public.health),
    ("GET", "/time"): _of(PUBLIC, clob_public.server_time),
    ("GET", "/version"): _of(PUBLIC, clob_public.version),
    ("GET", "/book"): _of(PUBLIC, clob_public.book),
    ("POST", "/books"): _of(PUBLIC, clob_public.books),
    ("GET", "/price"): _of(PUBLIC, clob_public.value, "price"),
    ("GET", "/midpoint"): _of(PUBLIC, clob_public.value, "midpoint"),
    ("GET", "/spread"): _of(PUBLIC, clob_public.value, "spread"),
    ("POST", "/prices"): _of(PUBLIC, clob_public.many_values, "price"),
    ("POST", "/midpoints"): _of(PUBLIC, clob_public.many_values, "midpoint"),
    ("POST", "/spreads"): _of(PUBLIC, clob_public.many_values, "spread"),
    ("GET", "/last-trade-price"): _of(PUBLIC, clob_public.last_trade),
    ("POST", "/last-trades-prices"): _of(PUBLIC, clob_public.last_trades),
    ("GET", "/tick-size"): _of(PUBLIC, clob_public.parameter, "tick-size"),
    ("GET", "/neg-risk"): _of(PUBLIC, clob_public.parameter, "neg-risk"),
    ("GET", "/fee-rate"): _of(PUBLIC, clob_public.parameter, "fee-rate"),
    ("GET", "/clob-markets/*"): _of(PUBLIC, clob_public.compact),
    ("GET", "/markets-by-token/*"): _of(PUBLIC, clob_public.by_token),
    ("GET", "/markets/live-activity/*"): _of(PUBLIC, clob_public.activity),
    ("GET", "/markets/*"): _of(PUBLIC, clob_public.full),
    ("GET", "/markets"): _of(PUBLIC, clob_public.markets),
    ("GET", "/sampling-markets"): _of(PUBLIC, clob_public.markets),
    ("GET", "/simplified-markets"): _of(PUBLIC, clob_public.markets),
    ("GET", "/sampling-simplified-markets"): _of(PUBLIC, clob_public.markets),
    ("GET", "/prices-history"): _of(PUBLIC, clob_public.history),
    ("GET", "/rebates/current"): _of(PUBLIC, clob_account.rebates),
    ("GET", "/rewards/markets/current"): _of(PUBLIC, clob_account.empty_page),
    ("GET", "/rewards/markets/*"): _of(PUBLIC, clob_account.empty_page),
    ("GET", "/builder/trades"): _of(PUBLIC, clob_account.empty_page),
    ("POST", "/auth/api-key"): _of(L1, clob_account.create_key),
    ("GET", "/auth/derive-api-key"): _of(L1, clob_account.derive_key),
    ("GET", "/auth/api-keys"): _of(L2, clob_account.list_keys),
    ("DELETE", "/auth/api-key"): _of(L2, clob_account.delete_key),
    ("POST", "/auth/readonly-api-key"): _of(L2, clob_account.further_key, "readonly"),
    ("GET", "/auth/readonly-api-keys"): _of(L2, clob_account.further_keys, "readonly"),
    ("DELETE", "/auth/readonly-api-key"): _of(L2, clob_account.delete_further),
    ("POST", "/auth/builder-api-key"): _of(L2, clob_account.further_key, "builder"),
    ("GET", "/auth/builder-api-key"): _of(L2, clob_account.further_keys, "builder"),
    ("GET", "/auth/ban-status/closed-only"): _of(L2, clob_account.closed_only),
    ("POST", "/order"): _of(TRADE, placing.post_order),
    ("POST", "/orders"): _of(TRADE, placing.post_orders),
    ("DELETE", "/order"): _of(TRADE, cancelling.cancel_order),
    ("DELETE", "/orders"): _of(TRADE, cancelling.cancel_orders),
    ("DELETE", "/cancel-all"): _of(TRADE, cancelling.cancel_all),
    ("DELETE", "/cancel-market-orders"): _of(TRADE, cancelling.cancel_market),
    ("GET", "/data/orders"): _of(L2, clob_reads.orders),
    ("GET", "/data/order/*"): _of(L2, clob_reads.order),
    ("GET", "/data/pre-migration-orders"): _of(L2, clob_account.empty_page),
    ("GET", "/data/trades"): _of(L2, clob_reads.trades),
    ("GET", "/order-scoring"): _of(L2, clob_reads.order_scoring),
    ("POST", "/orders-scoring"): _of(L2, clob_reads.orders_scoring),
    ("GET", "/balance-allowance"): _of(L2, clob_account.balance_allowance),
    ("GET", "/balance-allowance/update"): _of(L2, clob_account.update_balance),
    ("GET", "/notifications"): _of(L2, clob_account.notifications),
    ("DELETE", "/notifications"): _of(L2, clob_account.drop_notifications),
    ("POST", "/v1/heartbeats"): _of(L2, clob_account.heartbeat),
    ("POST", "/heartbeats"): _of(L2, clob_account.legacy_heartbeat),
    ("GET", "/rewards/user"): _of(L2, clob_account.empty_page),
    ("GET", "/rewards/user/total"): _of(L2, clob_account.nothing),
    ("GET", "/rewards/user/percentages"): _of(L2, clob_account.nothing),
    ("GET", "/rewards/user/markets"): _of(L2, clob_account.empty_page),
}
GAMMA: Final[Table] = {
    ("GET", f"/{kind}{path}"): _of(PUBLIC, call, kind)
    for kind in ("markets", "events")
    for path, call in (
        ("/slug/*", gamma.by_slug),
        ("/keyset", gamma.keyset_page),
        ("", gamma.listed_page),
        ("/*", gamma.by_id),
    )
} | {("GET", "/api/geoblock"): _of(PUBLIC, gamma.geoblock)}
POSITIONS: Final[Table] = {
    ("GET", "/v2/positions"): _of(PUBLIC, positions.positions),
    ("GET", "/v2/value"): _of(PUBLIC, positions.value),
    ("GET", "/v2/approvals"): _of(PUBLIC, positions.approvals),
}
RELAYER: Final[Table] = {
    ("GET", "/v1/account/transactions/params"): _of(PUBLIC, relayer.nonce),
    ("GET", "/nonce"): _of(PUBLIC, relayer.nonce),
    ("GET", "/relay-payload"): _of(PUBLIC, relayer.relay_payload),
    ("GET", "/deployed"): _of(PUBLIC, relayer.deployed),
    ("POST", "/submit"): _of(PUBLIC, relayer.submit),
    ("GET", "/v1/account/transactions/*"): _of(PUBLIC, relayer.transaction),
    ("GET", "/transaction"): _of(PUBLIC, relayer.old_transaction),
}
SERVICES: Final[dict[str, Table]] = {
    "clob": CLOB,
    "gamma": GAMMA,
    "data": POSITIONS,
    "relayer": RELAYER,
}
NOT_FOUND: Final = error(404, "not found")


def answer_to(venue: "Venue", request: Request) -> Answer | Promise:
    """The answer of the function that a request belongs to."""
    if request.service == "admin":
        return admin.answer_to(venue, request)
    table = SERVICES[request.service]
    path = request.path.rstrip("/") or "/"
    route = table.get((request.method, path))
    more: tuple[Any, ...] = ()
    if route is None:
        head, _, last = path.rpartition("/")
        route = table.get((request.method, f"{head}/*"))
        more = (last,)
    if route is None:
        return NOT_FOUND
    auth, call, fixed = route
    if auth == PUBLIC:
        return call(venue, request, *fixed, *more)
    keys = venue.keys
    who = keys.proven_l1(request) if auth == L1 else keys.proven_l2(request, trade=auth == TRADE)
    return who if isinstance(who, Answer) else call(venue, request, who, *fixed, *more)
