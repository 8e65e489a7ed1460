"""A venue whose clock is turned by hand, whose market is built by hand, and traders at it.

stage = Stage()
alice = stage.trader()
stage.outside("BUY", 0.48, 100)
answer = alice.place(price=0.50, size=10)
stage.wait(1.0)
"""

import json
from itertools import count

from pmapp.local_venue.flow import still
from pmapp.local_venue.http import Answer, request_of
from pmapp.local_venue.terms import V1, VenueTerms
from pmapp.local_venue.venue import Venue
from pmcore.effects import PlaceOrder
from pmcore.events import LevelChanged, TradePrinted
from pmcore.ids import BUY, OUTCOME_NAMES, SIDE_NAMES, OrderId, Outcome, Side
from pmcore.order import FAK, FOK, GTC, GTD, Kind
from pmcore.units import MICRO, SECOND, Ns, Price, Shares
from pmcore.wire.order_body import batch_body, order_draft, wallet_terms
from pmcore.wire.wallets import funder_of
from pmio.secrets import Secret
from pmio.signer import ApiKey, KeySigner, sign_l1, sign_order

START_S = 1_793_491_200
KEYS = (
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
)
__all__ = ["BUY", "FAK", "FOK", "GTC", "GTD", "KEYS", "START_S", "Stage", "Trader", "body"]


def body(answer):
    """The JSON of an answer."""
    return json.loads(answer.body)


def price_of(value):
    return Price(round(value * 10_000))


def shares_of(value):
    return Shares(round(value * MICRO))


class Stage:
    """One venue, at 300 s into a window, without any flow of its own."""

    def __init__(self, source=still, start_s=START_S + 300, **terms):
        self.now_ns = start_s * SECOND
        terms.setdefault("protocol", V1)
        terms.setdefault("ahead", 3)
        self.venue = Venue(VenueTerms(**terms), lambda: self.now_ns, source)
        self.listed = self.venue.world.listed("")
        self._traders = iter(KEYS)

    @property
    def market(self):
        return self.listed.market

    def token(self, outcome=0):
        return self.market.tokens[outcome]

    def wait(self, seconds):
        """Let venue time pass, in one step."""
        self.now_ns += round(seconds * SECOND)
        self.venue.pump()

    def outside(self, side, price, size, outcome="Up"):
        """The others' size at one price of a token."""
        now = Ns(self.now_ns)
        at = Outcome(OUTCOME_NAMES.index(outcome))
        way = Side(SIDE_NAMES.index(side))
        fact = LevelChanged(now, now, self.market.id, at, way, price_of(price), shares_of(size))
        self.venue.world.happen(fact)
        self.venue.board.flush()

    def book(self, bid=0.48, ask=0.52, size=100):
        """A plain outside book of one level a side."""
        self.outside("BUY", bid, size)
        self.outside("SELL", ask, size)

    def print(self, side, price, size, outcome="Up"):
        """Somebody trades."""
        now = Ns(self.now_ns)
        at = Outcome(OUTCOME_NAMES.index(outcome))
        way = Side(SIDE_NAMES.index(side))
        fact = TradePrinted(now, now, self.market.id, at, way, price_of(price), shares_of(size))
        self.venue.world.happen(fact)
        self.venue.board.flush()

    def ask(self, method, target, headers=None, content=b"", service="clob"):
        """The answers that have come to one request: none while it is held."""
        heard: list[Answer] = []
        request = request_of(service, method, target, headers or {}, content)
        self.venue.request(request, heard.append)
        return heard

    def get(self, target, service="clob"):
        """The answer of a public read."""
        (answer,) = self.ask("GET", target, service=service)
        return answer

    def admin(self, method, path, **asked):
        """The answer of an admin command."""
        (answer,) = self.ask(method, f"/admin/{path}", {}, json.dumps(asked).encode(), "admin")
        return answer

    def fault(self, kind, for_s=0.0, **params):
        """Switch a fault on."""
        return self.venue.switchboard.begin(kind, for_s, **params)

    def socket(self, path, *messages):
        """A session on a channel that has said something."""
        session = self.venue.open(path, lambda: None)
        for message in messages:
            session.hear(message if isinstance(message, str) else json.dumps(message))
        return session

    def market_socket(self, custom=False, tokens=None):
        """A subscriber of both tokens, its first books taken."""
        wish = {"type": "market", "assets_ids": list(tokens or self.market.tokens)}
        session = self.socket("/ws/market", wish | {"custom_feature_enabled": custom})
        self.first = frames(session)
        return session

    def trader(self, signature_type=0):
        """The next trader, with an API key."""
        return Trader(self, next(self._traders), signature_type)


def frames(session):
    """What a session has said since the last call, decoded."""
    return [json.loads(frame) for frame in session.outbox.take()]


class Trader:
    """One key at the venue, trading from one of its wallets."""

    def __init__(self, stage, secret, signature_type=0):
        self.stage = stage
        self.signer = KeySigner(Secret("key", secret))
        self.address = self.signer.address
        self.signature_type = signature_type
        headers = sign_l1(self.signer, 137, stage.now_ns // SECOND)
        (answer,) = stage.ask("POST", "/auth/api-key", lower(headers))
        self.credentials = body(answer)
        self.key = ApiKey(
            self.address,
            self.credentials["apiKey"],
            Secret("secret", self.credentials["secret"]),
            Secret("passphrase", self.credentials["passphrase"]),
        )
        funder = funder_of(signature_type, self.address) if signature_type else ""
        self.terms = wallet_terms(signature_type, self.address, funder, self.key.id)
        self.numbers = count(1)

    @property
    def wallet(self):
        return self.stage.venue.wallet(self.terms.maker)

    def headers(self, method, path, content=b""):
        return lower(self.key.headers(self.stage.now_ns // SECOND, method, path, content))

    def send(self, method, target, content=b""):
        """The answers to a signed request: none while it is held."""
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        headers = self.headers(method, target.partition("?")[0], content)
        return self.stage.ask(method, target, headers, content)

    def ask(self, method, target, content=b""):
        """The one answer to a signed request."""
        (answer,) = self.send(method, target, content)
        return answer

    def signed(self, price=0.5, size=10.0, side="BUY", kind=GTC, outcome=0, post_only=False,
               expires_s=0, market=None, number=None):  # fmt: skip
        """A signed order: its id and its body."""
        market = market or self.stage.market
        act = PlaceOrder(
            OrderId(number or next(self.numbers)),
            market.id,
            Outcome(outcome),
            Side(SIDE_NAMES.index(side)),
            price_of(price),
            shares_of(size),
            Kind(kind),
            post_only,
            Ns(expires_s * SECOND),
            "",
        )
        stamp = self.stage.now_ns // 1_000_000
        return sign_order(self.signer, order_draft(act, market, self.terms, "test", stamp))

    def place(self, *args, **terms):
        """Post one order; the one answer."""
        return self.ask("POST", "/order", self.signed(*args, **terms).body)

    def place_held(self, *args, **terms):
        """Post one order that is held: the list in which its answer will appear."""
        heard = self.send("POST", "/order", self.signed(*args, **terms).body)
        assert heard == []
        return heard

    def place_many(self, *orders):
        """Post a batch of `signed` terms; the one answer."""
        bodies = [self.signed(**terms).body for terms in orders]
        return self.ask("POST", "/orders", batch_body(bodies))

    def cancel(self, order_id):
        return self.ask("DELETE", "/order", {"orderID": order_id})

    def open_orders(self):
        return body(self.ask("GET", "/data/orders"))["data"]

    def trades(self, query=""):
        return body(self.ask("GET", f"/data/trades{query}"))["data"]

    def cash(self):
        kind = self.signature_type
        path = f"/balance-allowance?asset_type=COLLATERAL&signature_type={kind}"
        return int(body(self.ask("GET", path))["balance"])

    def shares(self, outcome=0):
        query = f"asset_type=CONDITIONAL&token_id={self.stage.token(outcome)}"
        path = f"/balance-allowance?{query}&signature_type={self.signature_type}"
        return int(body(self.ask("GET", path))["balance"])

    def socket(self, **wish):
        """A session on the user channel."""
        auth = {name: self.credentials[name] for name in ("apiKey", "secret", "passphrase")}
        return self.stage.socket("/ws/user", {"type": "user", "auth": auth} | wish)


def lower(headers):
    return {name.lower(): value for name, value in headers.items()}
