"""An order of ours is found by its name at the venue, on whatever grid it was sent."""

import pytest
from msgspec.structs import replace

from pmcore.effects import PlaceOrder
from pmcore.ids import BUY, UP, OrderId
from pmcore.order import FAK, GTC, Order
from pmcore.units import Ns, Price, Shares
from pmcore.wire.amounts import GRAIN
from pmcore.wire.order_body import wallet_terms
from pmio.sealing import Sealer
from tests.signing.test_chain_ids import market
from tests.signing.vectors import ADDRESS, OWNER, signer

NUMBER = OrderId(9)
ASKED = Ns(5_000_000)
SIZE = Shares(6_550_000)


@pytest.mark.parametrize("everywhere", [False, True])
@pytest.mark.parametrize("kind", [GTC, FAK])
@pytest.mark.parametrize("now", GRAIN)
@pytest.mark.parametrize("sent", GRAIN)
def test_an_order_is_known_whatever_became_of_its_grid(sent, now, kind, everywhere):
    sealer = Sealer(signer(), wallet_terms(0, ADDRESS, "", OWNER))
    terms = market()
    # Of a price on every grid only the amounts tell on which it was sent.
    price = Price(3_000 if everywhere else 2_700 - 2_700 % sent + sent)
    effect = PlaceOrder(NUMBER, terms.id, UP, BUY, price, SIZE, kind, kind == GTC, Ns(0), "")
    at_venue = sealer.seal(effect, ASKED, replace(terms, tick=Price(sent))).venue_id
    order = Order(NUMBER, terms.id, 7, UP, BUY, price, SIZE, kind, ASKED)
    assert at_venue in sealer.names(order, replace(terms, tick=Price(now)))
