"""A store, a scorer and an API, with a clock set by hand."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import StringIO

import attrs

from pmapp.api.serving import OpenApi, opened_api
from pmapp.services.score import ScoreCount, Scorer
from pmapp.services.service_keys import Serve
from pmapp.services.service_log import service_log
from pmapp.services.service_settings import SweepSettings
from pmapp.services.synthetic_markets import batches, requoted
from pmio.ingest.rules import RuleReader, parser_digest
from pmio.store.rows import codes_text
from tests.store.fake_venue import HandClock
from tests.store.rows import NOW, SECOND

# The API looks for newer scores when a test says so.
QUIET = Serve(look_s=60.0, rate_per_s=1e6, burst=1e6)
CONTESTED = (
    "This market will resolve to Yes if credible reporting says that the deal is reached by 11:59 "
    "pm. It may be settled at our discretion."
)


class Scene:
    """What a test works with."""

    def __init__(self, store, clock: HandClock, settings: SweepSettings, lines: StringIO) -> None:
        self.store = store
        self.clock = clock
        self.settings = settings
        self.lines = lines
        self.log = service_log("debug", lines)
        self.ids: list[str] = []
        self.api: OpenApi
        self.client = None
        self.scorer = Scorer(store, clock, clock.now_ns, settings, self.log)

    async def fill(self, count: int, seed: int = 1) -> list[str]:
        """Markets that are all eligible; the first one has contestable rules."""
        for batch in batches(count, seed, NOW, parser_digest(), 500):
            await self.store.put_markets(batch.markets, batch.outcomes)
            await self.store.put_quotes(batch.quotes)
            await self.store.put_rules(batch.rules)
            self.ids += [market.market_id for market in batch.markets]
        await RuleReader(self.store).take({self.ids[0]: CONTESTED}, NOW)
        return self.ids

    async def rescore(self, seed: int = 0, seconds: int = 120) -> ScoreCount:
        """Time passes, every market has another quote, and a new generation is scored."""
        self.clock.now += seconds * SECOND
        if seed:
            await self.store.put_quotes(list(requoted(self.ids, seed, self.clock.now_ns())))
        count = await self.scorer.cycle()
        await self.look()
        return count

    async def look(self) -> None:
        """Let the API look for newer scores."""
        await self.api.endpoints.watch.look(health=True)

    async def get(self, target: str, method: str = "GET", **headers: str):
        """The answer to one request; underscores in header names become hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.open(target, method=method, headers=named)

    async def json(self, target: str, status: int = 200):
        """The JSON of an answer that must have the status."""
        answer = await self.get(target)
        content = await answer.get_data()
        assert answer.status_code == status, content
        return json.loads(content)

    async def walk(self, query: str = "", between=None) -> list[dict[str, object]]:
        """All items of a walk; `between` is awaited after each page."""
        items: list[dict[str, object]] = []
        cursor = ""
        while True:
            page = await self.json(f"/v1/opportunities?{query}{cursor}")
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            cursor = f"&cursor={page['next_cursor']}"
            if between is not None:
                await between()


@asynccontextmanager
async def scene_over(store, **keys: object) -> AsyncIterator[Scene]:
    """A scene over a store; `keys` change the section `serve` of the settings."""
    settings = SweepSettings(serve=attrs.evolve(QUIET, **keys))
    clock = HandClock()
    lines = StringIO()
    scene = Scene(store, clock, settings, lines)
    async with opened_api(store, settings, clock.now_ns, scene.log) as opened:
        scene.api = opened
        scene.client = opened.app.test_client()
        yield scene


def flags_of(item: dict[str, object]) -> str:
    """The codes of an item as they are stored."""
    return codes_text(flag["code"] for flag in item["risk_flags"])
