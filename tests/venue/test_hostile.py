"""Whatever a client sends, the venue answers or ignores; it never fails."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.venue.stage import Stage, body

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
FRAMES = st.binary(max_size=200) | st.text(max_size=200) | ANYTHING.map(json.dumps)
WORDS = st.sampled_from(
    ["op", "auth", "subscribe", "subscriptions", "assets_ids", "type", "market", "action", "topic",
     "operation", "filters", "channel", "filter", "symbol", "rid", "markets", "apiKey", "secret"]
)  # fmt: skip
NEAR = st.dictionaries(WORDS, ANYTHING | st.lists(st.dictionaries(WORDS, ANYTHING), max_size=3))


@pytest.mark.parametrize("path", ["/ws/market", "/ws/user", "/rtds", "/ws"])
@given(messages=st.lists(FRAMES | NEAR.map(json.dumps), max_size=4))
@settings(max_examples=60)
def test_sockets_survive(path, messages):
    session = Stage(protocol="v2", ahead=1).venue.open(path, lambda: None)
    for message in messages:
        session.hear(message)
    for frame in session.outbox.take():
        assert isinstance(frame, bytes)
    session.gone()


@given(content=st.binary(max_size=300) | ANYTHING.map(lambda x: json.dumps(x).encode()))
@settings(max_examples=60)
def test_bodies_survive(content):
    stage = Stage(protocol="v2", ahead=1)
    alice = stage.trader()
    for method, path in (
        ("POST", "/order"), ("POST", "/orders"), ("DELETE", "/order"), ("DELETE", "/orders"),
        ("DELETE", "/cancel-market-orders"), ("POST", "/orders-scoring"),
        ("POST", "/v1/heartbeats"), ("DELETE", "/auth/readonly-api-key"),
    ):  # fmt: skip
        assert alice.ask(method, path, content).status in (200, 400)
    for path, service in (("/books", "clob"), ("/prices", "clob"), ("/submit", "relayer")):
        headers = {"relayer_api_key": "k"}
        assert stage.ask("POST", path, headers, content, service)[0].status in (200, 400)
    assert stage.ask("POST", "/admin/faults", {}, content, "admin")[0].status == 400


@given(
    name=st.sampled_from(
        ["salt", "maker", "signer", "tokenId", "makerAmount", "takerAmount", "side", "expiration",
         "signatureType", "timestamp", "metadata", "builder", "signature"]
    ),
    value=st.integers(-(2**70), 2**70) | st.text(max_size=70) | st.none() | st.floats(),
)  # fmt: skip
@settings(max_examples=100)
def test_changed_orders_are_refused(name, value):
    stage = Stage(protocol="v2", ahead=1)
    alice = stage.trader()
    content = json.loads(alice.signed(price=0.45).body)
    if content["order"][name] == value:
        return
    content["order"][name] = value
    answer = alice.ask("POST", "/order", json.dumps(content).encode())
    assert answer.status == 400 or name == "expiration"
    assert answer.status == 200 or body(answer)["error"]
