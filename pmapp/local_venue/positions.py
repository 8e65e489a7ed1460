"""The Data API: positions of a wallet, lagging if told to, and its approvals."""

from typing import TYPE_CHECKING, Any

from pmapp.local_venue.gamma_shapes import question
from pmapp.local_venue.http import Answer, Request, error, ok
from pmcore.ids import OUTCOME_NAMES, OUTCOMES, UP
from pmcore.sim.pit import UNSETTLED

if TYPE_CHECKING:
    from pmapp.local_venue.venue import Venue


def positions(venue: "Venue", request: Request) -> Answer:
    """`/v2/positions?user=`: one object a token that is held."""
    user = request.query.get("user", "")
    if not user:
        return error(400, "required query param 'user' not provided")
    rows = venue.faults.positions_seen(user, lambda: rows_of(venue, user))
    return ok(rows)


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
        market = listed.market
        for outcome in OUTCOMES:
            held = position.up if outcome == UP else position.down
            if held <= 0:
                continue
            book = venue.board.book(market.id, outcome)
            price = book.mid
            if listed.payout_up != UNSETTLED:
                paid = listed.payout_up if outcome == UP else 10_000 - listed.payout_up
                price = paid / 10_000
            rows.append(
                {
                    "proxyWallet": wallet.address,
                    "asset": market.tokens[outcome],
                    "conditionId": market.condition_id,
                    "size": held / 1e6,
                    "curPrice": price,
                    "currentValue": round(held / 1e6 * price, 6),
                    "redeemable": listed.payout_up != UNSETTLED,
                    "mergeable": position.up > 0 and position.down > 0,
                    "title": question(market),
                    "slug": market.slug,
                    "eventSlug": market.slug,
                    "outcome": OUTCOME_NAMES[outcome],
                    "outcomeIndex": int(outcome),
                    "oppositeOutcome": OUTCOME_NAMES[1 - outcome],
                    "oppositeAsset": market.tokens[1 - outcome],
                    "negativeRisk": market.neg_risk,
                }
            )
    return rows


def value(venue: "Venue", request: Request) -> Answer:
    """`/v2/value?user=`."""
    user = request.query.get("user", "")
    return ok([{"user": user, "value": sum(row["currentValue"] for row in rows_of(venue, user))}])


def approvals(venue: "Venue", request: Request) -> Answer:
    """`/v2/approvals?user=`: who may spend cash and move shares."""
    wallet = venue.wallet(request.query.get("user", ""))
    if wallet is None:
        return ok({"erc20": {}, "erc1155": {}})
    return ok(
        {
            "erc20": {name: str(amount) for name, amount in wallet.cash_allowances.items()},
            "erc1155": wallet.share_approvals,
        }
    )
