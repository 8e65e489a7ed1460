"""`POST /order` and `POST /orders`: from a checked order to the venue's answer.

A marketable order on a market with a taker delay is answered when the delay is over ("response is
sent after the hold", venue reference, section 3.8). Legs of a batch that are refused come back
inside a 200; a mode of the whole venue refuses the whole batch.
"""

from typing import TYPE_CHECKING, Any, Final

import msgspec

from pmapp.local_venue.http import Answer, Promise, Request, error, ok
from pmapp.local_venue.keys import Key
from pmapp.local_venue.order_check import BAD_BODY, Checked, allowed, check, read, refused
from pmapp.local_venue.order_log import DELAYED, LIVE, Posted
from pmcore.effects import PlaceOrder
from pmcore.events import OrderRejected
from pmcore.ids import BUY
from pmcore.order import FAK, FOK, GTD
from pmcore.sim.validity import FAK_TEXT, FOK_TEXT, LATE
from pmcore.units import SECOND, Ns, show_micro
from pmcore.wire.frames import FAULTS
from pmcore.wire.order_body import BATCH_MAX

if TYPE_CHECKING:
    from pmapp.local_venue.venue import Venue

_RAWS: Final = msgspec.json.Decoder(list[msgspec.Raw])


def post_order(venue: "Venue", request: Request, key: Key) -> Answer | Promise:
    """`POST /order`."""
    refusal = venue.rates.take_place(key.address, 1, venue.now_ns)
    if refusal is not None:
        return refusal
    answer = submit(venue, key, request.body)
    return venue.marked(answer, key, cancel=False)


def post_orders(venue: "Venue", request: Request, key: Key) -> Answer | Promise:
    """`POST /orders`: every leg is answered, "in the same order"."""
    try:
        bodies = [bytes(body) for body in _RAWS.decode(request.body)]
    except FAULTS:
        return BAD_BODY
    if len(bodies) > BATCH_MAX:
        text = f"Too many orders in payload: {len(bodies)}, max allowed: {BATCH_MAX}"
        return error(400, text)
    refusal = venue.rates.take_place(key.address, len(bodies), venue.now_ns)
    if refusal is not None:
        return refusal
    legs: list[Answer | None] = [None] * len(bodies)
    whole = Promise()

    def put(place: int, answer: Answer) -> None:
        legs[place] = answer
        if all(leg is not None for leg in legs):
            whole.keep(_batch([leg for leg in legs if leg is not None]))

    if not bodies:
        return ok([])
    for place, body in enumerate(bodies):
        if venue.faults.strikes(venue.faults.legs_lost):
            put(place, error(400, "could not insert order"))
            continue
        answer = submit(venue, key, body)
        if isinstance(answer, Promise):
            answer.then(lambda kept, at=place: put(at, kept))  # type: ignore[misc]
        else:
            put(place, answer)
    return venue.marked(whole, key, cancel=False)


def _batch(legs: list[Answer]) -> Answer:
    """One answer of many; a refusal of the venue's mode is the batch's own."""
    for leg in legs:
        if leg.status in (425, 503):
            return leg
    return ok([_leg(leg) for leg in legs])


def _leg(answer: Answer) -> Any:
    if answer.status == 200:
        return msgspec.Raw(answer.body)
    text = msgspec.json.decode(answer.body).get("error", "")
    # "Rejected leg: HTTP 200 with success true, orderID empty, errorMsg the reason" (2026 capture).
    return {
        "errorMsg": text,
        "makingAmount": "",
        "orderID": "",
        "status": "",
        "success": True,
        "takingAmount": "",
    }


def submit(venue: "Venue", key: Key, body: bytes) -> Answer | Promise:
    """One order, from its body to its answer."""
    posted = read(body)
    if isinstance(posted, Answer):
        return posted
    checked = check(venue, key, posted)
    if isinstance(checked, Answer):
        return checked
    order = _posted(venue, key, checked)
    act = _act(order)
    return _wrong(venue, checked, act) or _place(venue, order, act)


def _wrong(venue: "Venue", checked: Checked, act: PlaceOrder) -> Answer | None:
    """What is wrong first: grid, size, balance, allowance, duplicate, and the book at last."""
    wrong = venue.exchange.refusal(checked.wallet.account, act, venue.now_ns)
    if wrong is not None and wrong[0] not in LATE:
        return _refused(venue, act, checked.id, *wrong)
    refusal = allowed(checked)
    if refusal is not None:
        return refusal
    if checked.id in venue.orders.by_id:
        return error(400, f"order {checked.id} is invalid. Duplicated.")
    return None if wrong is None else _refused(venue, act, checked.id, *wrong)


def _posted(venue: "Venue", key: Key, checked: Checked) -> Posted:
    posted = checked.posted
    return Posted(
        checked.id,
        venue.orders.next_number(),
        key.id,
        checked.wallet,
        checked.listed,
        checked.outcome,
        posted.fields.side,
        checked.price,
        checked.size,
        posted.kind,
        posted.post_only,
        posted.expiration_s,
        venue.now_ns,
    )


def _act(order: Posted) -> PlaceOrder:
    expires_ns = order.expiration_s * SECOND if order.kind == GTD or order.expiration_s else 0
    return PlaceOrder(
        order.number,
        order.listed.market.id,
        order.outcome,
        order.side,
        order.price,
        order.size,
        order.kind,
        order.post_only,
        Ns(expires_ns),
        "",
    )


def _place(venue: "Venue", order: Posted, act: PlaceOrder) -> Answer | Promise:
    venue.orders.begin(order)
    venue.exchange.place(order.wallet.account, act, venue.now_ns)
    venue.settle(act.market)
    reply = order.replies.pop() if order.replies else None
    if isinstance(reply, OrderRejected):
        return _refused(venue, act, order.id, reply.code, reply.text)
    if order.status == DELAYED:
        if venue.faults.answers_delayed:
            return ok(_accepted(order, "delayed"))
        order.promise = Promise()
        venue.held.append(order)
        return order.promise
    return outcome(order)


def outcome(order: Posted) -> Answer:
    """The answer of an order that the exchange took and is done with for now."""
    if order.matched:
        return ok(_accepted(order, "matched"))
    if order.status == LIVE:
        return ok(_accepted(order, "live"))
    if order.kind == FOK:
        return error(400, FOK_TEXT)
    if order.kind == FAK:
        return error(400, FAK_TEXT)
    return error(400, "order match delayed due to market conditions")


def _accepted(order: Posted, status: str) -> dict[str, Any]:
    """A 200 of one order; amounts are decimals, empty "when nothing matched" (section 3.1)."""
    answer: dict[str, Any] = {
        "errorMsg": "",
        "makingAmount": "",
        "orderID": order.id,
        "status": status,
        "success": True,
        "takingAmount": "",
    }
    if status == "matched":
        shares = show_micro(order.matched)
        cash = show_micro(order.raw // 10_000)
        making, taking = (cash, shares) if order.side == BUY else (shares, cash)
        answer |= {
            "makingAmount": making,
            "takingAmount": taking,
            "tradeIDs": list(order.trades),
            "transactionsHashes": [],
        }
    return answer


def _refused(venue: "Venue", act: PlaceOrder, name: str, code: str, text: str) -> Answer:
    """The exchange's refusal in the venue's words: an order has its id there."""
    return refused(venue, code, text.replace(f"order {act.order} ", f"order {name} ", 1))


def finish_held(venue: "Venue") -> None:
    """Answer every held order whose delay is over."""
    for order in [held for held in venue.held if held.status != DELAYED]:
        venue.held.remove(order)
        if order.promise is not None:
            order.promise.keep(outcome(order))
            order.promise = None
