"""The Data API: positions of a wallet, lagging if told to, their worth, and approvals.

Version 1 was retired on 2026-10-24 (venue reference, section 1.1). Lists of version 2 are
`{"data": [...], "pagination": {"has_more", "next_cursor"}}` in snake case, single things
`{"data": {...}}`, as the venue's SDK 0.14.0 reads them.
"""

from typing import TYPE_CHECKING, Any

from pmapp.local_venue.gamma_shapes import question, zulu
from pmapp.local_venue.http import Answer, Request, error, ok
from pmapp.local_venue.listing import Listed
from pmapp.local_venue.wallets import Wallet
from pmcore.ids import BUY, OUTCOME_NAMES, OUTCOMES, UP, Outcome
from pmcore.sim.pit import UNSETTLED
from pmcore.units import SECOND

if TYPE_CHECKING:
    from pmapp.local_venue.venue import Venue


def positions(venue: "Venue", request: Request) -> Answer:
    """`/v2/positions?user=&condition_id=&status=`: one object a token that is held."""
    user = request.query.get("user", "")
    if not user:
        return error(400, "required query param 'user' not provided")
    rows = venue.faults.positions_seen(user, lambda: rows_of(venue, user))
    conditions = request.query.get("condition_id", "").split(",")
    status = request.query.get("status", "")
    kept = [
        row
        for row in rows
        if (conditions == [""] or row["condition_id"] in conditions) and _fits(row, status)
    ]
    return ok({"data": kept, "pagination": {"has_more": False, "next_cursor": None}})


def _fits(row: dict[str, Any], status: str) -> bool:
    if status == "MERGEABLE":
        return bool(row["mergeable"])
    if status == "REDEEMABLE_LOST":
        return bool(row["redeemable"]) and row["current_price"] == 0
    return status in ("", row["status"])


def rows_of(venue: "Venue", user: str) -> list[dict[str, Any]]:
    """What a wallet holds now."""
    wallet = venue.wallet(user)
    if wallet is None:
        return []
    rows = []
    for start, position in sorted(venue.exchange.account(wallet.account).positions.items()):
        listed = venue.listings.by_start.get(start)
        if listed is None:
            continue
        for outcome in OUTCOMES:
            held = position.up if outcome == UP else position.down
            if held > 0:
                row = _row(venue, wallet, listed, outcome, held)
                row["mergeable"] = position.up > 0 < position.down and not row["redeemable"]
                rows.append(row)
    return rows


def _row(
    venue: "Venue", wallet: Wallet, listed: Listed, outcome: Outcome, held: int
) -> dict[str, Any]:
    market = listed.market
    price = venue.board.book(market.id, outcome).mid
    resolved = listed.payout_up != UNSETTLED
    if resolved:
        price = (listed.payout_up if outcome == UP else 10_000 - listed.payout_up) / 10_000
    average, bought = _bought(venue, wallet, listed, outcome)
    size = held / 1e6
    cost = round(average * size, 6)
    gain = round(size * price - cost, 6)
    return {
        "proxy_wallet": wallet.address,
        "token_id": market.tokens[outcome],
        "condition_id": market.condition_id,
        "current_size": size,
        "avg_price": round(average, 6),
        "entry_cost_usdc": cost,
        "entry_fees_usdc": 0,
        "total_cost_usdc": cost,
        "current_price": price,
        "current_value": round(size * price, 6),
        "total_size": bought,
        "realized_pnl": 0,
        "unrealized_pnl": gain,
        "total_pnl": gain,
        "percent_pnl": round(100 * gain / cost, 4) if cost else 0,
        "percent_realized_pnl": 0,
        "status": "REDEEMABLE" if resolved else "OPEN",
        "redeemable": resolved,
        "negative_risk": market.neg_risk,
        "archived": False,
        "verified": True,
        "title": question(market),
        "slug": market.slug,
        "event_slug": market.slug,
        "outcome": OUTCOME_NAMES[outcome],
        "opposite_outcome": OUTCOME_NAMES[1 - outcome],
        "outcome_index": int(outcome),
        "opposite_token_id": market.tokens[1 - outcome],
        "end_date": zulu(market.end_ns)[:10],
        "last_event_at": venue.now_ns // SECOND,
    }


def _bought(
    venue: "Venue", wallet: Wallet, listed: Listed, outcome: Outcome
) -> tuple[float, float]:
    """Average price in dollars and shares of everything that a wallet has bought of a token."""
    raw = size = 0
    for order in venue.orders.by_id.values():
        if (order.wallet is wallet and order.listed is listed and order.side == BUY
                and order.outcome == outcome):  # fmt: skip
            raw += order.raw
            size += order.matched
    return (raw / size / 10_000 if size else 0.0), size / 1e6


def value(venue: "Venue", request: Request) -> Answer:
    """`/v2/value?user=`."""
    user = request.query.get("user", "")
    worth = round(sum(row["current_value"] for row in rows_of(venue, user)), 6)
    return ok({"data": {"proxy_wallet": user, "value": worth}})


def approvals(venue: "Venue", request: Request) -> Answer:
    """`/v2/approvals?user=`: who may spend cash and move shares (the shape is ours)."""
    wallet = venue.wallet(request.query.get("user", ""))
    if wallet is None:
        return ok({"data": {"erc20": {}, "erc1155": {}}})
    cash = {name: str(amount) for name, amount in wallet.cash_allowances.items()}
    return ok({"data": {"erc20": cash, "erc1155": wallet.share_approvals}})
