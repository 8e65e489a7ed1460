"""The ingest service: discovery, quotes and texts, each at its own pace."""

from collections.abc import Callable
from functools import partial
from typing import Final

import msgspec
import trio

from pmapp.services.loops import Cycle, Shop, cycle_once, loop
from pmcore.units import SECOND
from pmcore.wire.gamma_sweep import Skip
from pmio.ingest.discovery import Discovery, DiscoveryCount
from pmio.ingest.quotes import Quotes, QuotesCount
from pmio.ingest.rules import RuleReader, RulesCount
from pmio.ingest.venue_client import VenueClient
from pmio.store.database import StoreUnavailable
from pmio.store.upkeep import Retention

DAY_NS: Final = 86_400 * SECOND


class RetentionCount(msgspec.Struct, frozen=True):
    """What one retention has deleted."""

    samples: int
    markets: int
    versions: int


class Ingest:
    """The cycles of the ingest over one venue."""

    def __init__(self, shop: Shop, client: VenueClient, *, empty_rules: bool = False) -> None:
        self._shop = shop
        self._client = client
        self._reader = RuleReader(shop.store)
        self._discovery = Discovery(client, shop.store, self._reader, shop.clock, self._skipped)
        keys = shop.settings.ingest
        self._quotes = Quotes(
            client,
            shop.store,
            shop.clock,
            batch=keys.quote_batch,
            in_flight=keys.in_flight,
            text_min=0 if empty_rules else 1,
        )

    @property
    def _cycles(self) -> dict[str, Cycle]:
        return {
            "discovery": self.discover,
            "rules": self.read_rules,
            "quotes": self.quote,
            "retention": self.retain,
        }

    async def discover(self) -> DiscoveryCount:
        """All open markets and the texts that come with them."""
        return await self._discovery.cycle()

    async def read_rules(self) -> RulesCount:
        """Texts that did not come with the list, and known ones after an update."""
        again = await self._reader.read_again(self._shop.clock.now_ns())
        limit = self._shop.settings.ingest.rules_at_once
        asked = await self._reader.ask(self._client, self._shop.clock, self._until_ns(), limit)
        return again + asked

    async def quote(self) -> QuotesCount:
        """Quotes of all markets that can be eligible now."""
        from_ns = self._shop.clock.now_ns() + self._window[0] - 1
        return await self._quotes.cycle(from_ns, self._until_ns())

    async def retain(self) -> RetentionCount:
        """Delete what is older than it is kept, in bounded steps."""
        keep = self._shop.settings.keep
        kept = Retention(round(keep.samples_days * DAY_NS), round(keep.closed_days * DAY_NS))
        samples = markets = versions = 0
        while not (step := await self._shop.store.purge(self._shop.clock.now_ns(), kept)).nothing:
            samples, markets = samples + step.samples, markets + step.markets
            versions += step.versions
        return RetentionCount(samples, markets, versions)

    async def once(self) -> bool:
        """Each cycle once, in the order in which they need each other; whether all succeeded."""
        done = [
            await cycle_once(self._shop, name, self._cycles[name])
            for name in ("discovery", "rules", "quotes")
        ]
        return all(done)

    async def run(self, quoted: Callable[[], None]) -> None:
        """All loops for ever. `quoted` is called after the first round of quotes."""
        shop, cadence = self._shop, self._shop.settings.cadence
        waits = {"discovery": 0.0, "rules": 0.0}
        if await self._is_empty():
            # Nothing can be quoted before something was discovered.
            for name in ("discovery", "rules"):
                if await cycle_once(shop, name, self._cycles[name]):
                    waits[name] = getattr(cadence, f"{name}_s")
        done = await cycle_once(shop, "quotes", self.quote)
        waits["quotes"] = cadence.quotes_s if done else cadence.retry_s
        quoted()
        async with trio.open_nursery() as nursery:
            for name, cycle in self._cycles.items():
                cadence_s = getattr(cadence, f"{name}_s")
                wait_s = waits.get(name, 0.0)
                nursery.start_soon(partial(loop, shop, name, cadence_s, cycle, wait_s), name=name)

    async def _is_empty(self) -> bool:
        try:
            return (await self._shop.store.health()).open_markets == 0
        except StoreUnavailable:
            return False

    def _until_ns(self) -> int:
        return self._shop.clock.now_ns() + self._window[1]

    @property
    def _window(self) -> tuple[int, int]:
        """Nanoseconds to the close within which a market can be eligible."""
        want = self._shop.settings.core.eligible
        return want.min_t_remaining_sec * SECOND, want.max_t_remaining_sec * SECOND

    def _skipped(self, skip: Skip) -> None:
        self._shop.log.warning(
            "discovery.skip", market=skip.market, field=skip.field, reason=skip.reason
        )
