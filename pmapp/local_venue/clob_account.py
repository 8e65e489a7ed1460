"""Keys, balances, heartbeats, notifications and the few rewards that the CLOB answers."""

from typing import TYPE_CHECKING, Any, Final

import msgspec

from pmapp.local_venue.http import Answer, Request, error, ok
from pmapp.local_venue.keys import NOT_CREATED, NOT_DERIVED, Key, Proven
from pmapp.local_venue.pages import page
from pmapp.local_venue.wallets import UNLIMITED, Wallet, share_operators
from pmcore.ids import UP
from pmcore.units import SECOND
from pmcore.wire.contracts import contracts_of
from pmcore.wire.frames import FAULTS

if TYPE_CHECKING:
    from pmapp.local_venue.venue import Venue


class _Beat(msgspec.Struct):
    heartbeat_id: str | None = ""


class _Named(msgspec.Struct):
    key: str = ""


_BEAT: Final = msgspec.json.Decoder(_Beat)
_NAMED: Final = msgspec.json.Decoder(_Named)


# --- keys ----------------------------------------------------------------------------------------


def create_key(venue: "Venue", request: Request, who: Proven) -> Answer:
    """`POST /auth/api-key`: funds the key's wallet on the way."""
    key = venue.keys.create(who)
    if key is None:
        return NOT_CREATED
    venue.wallets.of_key(who.address, 0, venue.now_ns)
    venue.settle()
    return ok(key.shown())


def derive_key(venue: "Venue", request: Request, who: Proven) -> Answer:
    """`GET /auth/derive-api-key`."""
    key = venue.keys.derive(who)
    return NOT_DERIVED if key is None else ok(key.shown())


def list_keys(venue: "Venue", request: Request, key: Key) -> Answer:
    """`GET /auth/api-keys`."""
    return ok({"apiKeys": venue.keys.of(key.address)})


def delete_key(venue: "Venue", request: Request, key: Key) -> Answer:
    """`DELETE /auth/api-key`: the key of the request."""
    venue.keys.delete(key)
    return ok("OK")


def further_key(venue: "Venue", request: Request, key: Key, kind: str) -> Answer:
    """`POST /auth/readonly-api-key`, `POST /auth/builder-api-key`."""
    made = venue.keys.create(Proven(key.address, 0), kind)
    return NOT_CREATED if made is None else ok(made.shown() | {"key": made.id})


def further_keys(venue: "Venue", request: Request, key: Key, kind: str) -> Answer:
    """`GET /auth/readonly-api-keys`, `GET /auth/builder-api-key`."""
    found = venue.keys.of(key.address, readonly=True) if kind == "readonly" else []
    return ok({"readonlyApiKeys": found} if kind == "readonly" else found)


def delete_further(venue: "Venue", request: Request, key: Key) -> Answer:
    """`DELETE /auth/readonly-api-key` with the key's id in the body."""
    try:
        named = _NAMED.decode(request.body or b"{}").key
    except FAULTS:
        return error(400, "Invalid payload")
    found = venue.keys.by_id.get(named)
    if found is not None and found.readonly and found.address == key.address:
        venue.keys.delete(found)
    return ok("OK")


def closed_only(venue: "Venue", request: Request, key: Key) -> Answer:
    """`GET /auth/ban-status/closed-only`."""
    return ok({"closed_only": venue.faults.is_closed_only(key.address)})


# --- heartbeats ----------------------------------------------------------------------------------


def heartbeat(venue: "Venue", request: Request, key: Key) -> Answer:
    """`POST /v1/heartbeats`."""
    try:
        given = _BEAT.decode(request.body or b"{}").heartbeat_id or ""
    except FAULTS:
        return error(400, "Invalid payload")
    venue.faults.before_beat(venue, key.id)
    return venue.beats.hear(key.id, given, venue.now_ns)


def legacy_heartbeat(venue: "Venue", request: Request, key: Key) -> Answer:
    """`POST /heartbeats`."""
    return venue.beats.legacy(key.id, venue.now_ns)


# --- balances ------------------------------------------------------------------------------------


def balance_allowance(venue: "Venue", request: Request, key: Key) -> Answer:
    """`/balance-allowance?asset_type&token_id&signature_type`: base units, all as texts.

    The balance is what the wallet has, what its orders reserve included.
    """
    query = request.query
    kind = query.get("signature_type", "0")
    if kind not in ("0", "1", "2", "3"):
        return error(400, "Invalid signature_type")
    wallet = venue.wallets.of_key(key.address, int(kind), venue.now_ns)
    venue.settle()
    asset = query.get("asset_type", "")
    if asset == "COLLATERAL":
        cash = venue.faults.cash_seen(wallet.account, venue.exchange.cash(wallet.account))
        shown = {name: str(amount) for name, amount in wallet.cash_allowances.items()}
        return ok({"balance": str(max(0, cash)), "allowances": shown})
    if asset not in ("CONDITIONAL", "CONDITIONAL-V2"):
        return error(400, "Invalid asset type")
    found = venue.listings.by_token.get(query.get("token_id", ""))
    if found is None:
        return error(400, "Invalid token id")
    position = venue.exchange.position(wallet.account, found[0].market.id)
    held = position.up if found[1] == UP else position.down
    return ok({"balance": str(max(0, held)), "allowances": _approvals(venue, wallet)})


def _approvals(venue: "Venue", wallet: Wallet) -> dict[str, str]:
    at = contracts_of(venue.terms.chain_id)
    return {
        name: str(UNLIMITED if wallet.share_approvals.get(name) else 0)
        for name in share_operators(at)
    }


def update_balance(venue: "Venue", request: Request, key: Key) -> Answer:
    """`/balance-allowance/update`: "forces a refresh; body ignored"."""
    venue.faults.refresh()
    return ok("")


# --- the rest ------------------------------------------------------------------------------------


def notifications(venue: "Venue", request: Request, key: Key) -> Answer:
    """`GET /notifications`."""
    return ok(venue.notes.of(key.id))


def drop_notifications(venue: "Venue", request: Request, key: Key) -> Answer:
    """`DELETE /notifications?ids=`: all of them without `ids`."""
    named = request.query.get("ids", "")
    venue.notes.drop(key.id, named.split(",") if named else [])
    return ok("OK")


def empty_page(venue: "Venue", request: Request, *_: Any) -> Answer:
    """Rewards: "possibly no daily rate" on these markets, so nothing is paid here."""
    return page(request, [])


def nothing(venue: "Venue", request: Request, *_: Any) -> Answer:
    """Totals of rewards."""
    return ok([])


def rebates(venue: "Venue", request: Request) -> Answer:
    """`/rebates/current?date&maker_address`: what makers of a market have earned so far."""
    wallet = venue.wallets.by_address.get(request.query.get("maker_address", ""))
    if wallet is None:
        return ok([])
    day = request.query.get("date", "")
    collateral = contracts_of(venue.terms.chain_id).collateral
    rows = []
    for start, listed in venue.listings.by_start.items():
        position = venue.exchange.account(wallet.account).positions.get(start)
        if position is not None and position.fee_equivalent:
            paid = position.fee_equivalent * listed.market.fees.rebate_ppm // 1_000_000
            rows.append(
                {
                    "date": day or str(venue.now_ns // SECOND),
                    "condition_id": listed.market.condition_id,
                    "asset_address": collateral,
                    "maker_address": wallet.address,
                    "rebated_fees_usdc": f"{paid / 1e6:.6f}",
                }
            )
    return ok(rows)
