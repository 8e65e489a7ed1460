"""The endpoints: from what was asked to what is answered. No framework, no socket."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

import attrs

from pmapp.api import metrics, shapes
from pmapp.api.config_answer import config_answer
from pmapp.api.exchange import CSV, JSON, Answer, Ask, answered, encoded
from pmapp.api.market_answer import market_answer
from pmapp.api.metrics import Metrics
from pmapp.api.moments import moment
from pmapp.api.openapi import description
from pmapp.api.parameters import OPPORTUNITY_PARAMETERS, SIDES, values_of
from pmapp.api.problems import Fault, Problem, bad_parameters, unavailable
from pmapp.api.rankings import Rankings
from pmapp.api.readings import Readings, TooManyReads
from pmapp.api.shown import Form, ShownPage, ShownPages
from pmapp.api.watch import Watch
from pmcore.sweep.settings import SweepConfig
from pmcore.units import SECOND
from pmio.store.database import StoreUnavailable
from pmio.store.opportunities import OpportunityPage
from pmio.store.store import ReadStore
from pmio.store.walk import CursorError, OpportunityQuery, WalkExpired, position_of

T = TypeVar("T")
ID_MAX: Final = 200


@attrs.frozen
class Endpoints:
    """Everything that is served, over one store."""

    store: ReadStore
    kind: str
    """`sqlite` or `postgresql`."""
    config: SweepConfig
    readings: Readings
    watch: Watch
    metrics: Metrics
    rankings: Rankings
    pages: ShownPages

    async def opportunities(self, ask: Ask) -> Answer:
        """`GET /v1/opportunities`."""
        values = dict(values_of(OPPORTUNITY_PARAMETERS, ask.pairs))
        as_csv = values.pop("format", "csv" if ask.prefers_csv else "json") == "csv"
        query = query_of(values)
        shown, last_known = await self._page(query)
        form = Form(as_csv, self.watch.stale or last_known)
        body = shown.body(form)
        headers: tuple[tuple[str, str], ...] = ()
        if shown.page.next_cursor:
            headers = (("Link", _next_link(ask, shown.page.next_cursor)),)
        if as_csv:
            headers = (*headers, ("Content-Disposition", 'inline; filename="opportunities.csv"'))
        answer = answered(ask, body, CSV if as_csv else JSON, headers)
        self.pages.keep(query, shown)
        return answer

    async def market(self, ask: Ask, market_id: str) -> Answer:
        """`GET /v1/market/{id}`."""
        values_of((), ask.pairs)
        if len(market_id) > ID_MAX or not market_id.isprintable():
            raise Problem(404, "unknown-market", "no market has such an id")
        try:
            detail = await self._read(partial(self.store.market_detail, market_id))
        except StoreUnavailable as error:
            raise unavailable(str(error)) from None
        if detail is None:
            known = "a market id, the venue's short id, or a slug is wanted"
            raise Problem(404, "unknown-market", f"{market_id}: not known here; {known}")
        return answered(ask, encoded(market_answer(detail, self.config, stale=self.watch.stale)))

    async def configuration(self, ask: Ask) -> Answer:
        """`GET /v1/config`."""
        values_of((), ask.pairs)
        return answered(ask, encoded(config_answer(self.config, self.watch.generation)))

    async def alive(self, ask: Ask) -> Answer:
        """`GET /healthz`."""
        values_of((), ask.pairs)
        return answered(ask, encoded(shapes.Alive("ok")))

    async def ready(self, ask: Ask) -> Answer:
        """`GET /readyz`."""
        values_of((), ask.pairs)
        if not await self.watch.check():
            raise unavailable("the database does not answer")
        newest, lag_ns = self.watch.generation, self.watch.lag_ns
        state = shapes.Ready(
            status="ready",
            database=self.kind,  # type: ignore[arg-type] # one of the two
            generation=0 if newest is None else newest.generation,
            as_of=None if newest is None else moment(newest.as_of_ns),
            scoring_lag_sec=None if lag_ns is None else lag_ns / SECOND,
        )
        return answered(ask, encoded(state))

    async def measures(self, ask: Ask) -> Answer:
        """`GET /metrics`."""
        values_of((), ask.pairs)
        return Answer(200, self.metrics.text(), metrics.CONTENT_TYPE)

    async def openapi(self, ask: Ask) -> Answer:
        """`GET /openapi.json`."""
        values_of((), ask.pairs)
        return answered(ask, encoded(description()))

    async def _page(self, query: OpportunityQuery) -> tuple[ShownPage, bool]:
        """The page, and whether it is only the last one known."""
        known = self.pages.get(query)
        if known is not None and (query.cursor or known.generation == self._newest()):
            return known, False
        if known is not None and not self.watch.reachable:
            # Nobody waits for a database that is known to be away.
            return known, True
        try:
            return ShownPage(await self._read(partial(self._found, query))), False
        except CursorError as error:
            raise bad_parameters([Fault("cursor", str(error))]) from None
        except WalkExpired as error:
            told = f"{error}; begin again without a cursor"
            raise Problem(410, "walk-expired", told) from None
        except StoreUnavailable as error:
            if known is not None:
                return known, True
            raise unavailable(str(error)) from None

    async def _found(self, query: OpportunityQuery) -> OpportunityPage:
        """The page by way of the ranking in memory, else by the database's own search."""
        position = position_of(query)
        number = self._newest() if position is None else position.generation
        ranking = self.rankings.get(number)
        chosen = None if ranking is None else ranking.choose(query, position)
        if ranking is None or chosen is None:
            return await self.store.opportunities(query)
        rows = await self.store.opportunities_of(number, chosen.market_ids)
        if chosen.market_ids and not rows:
            # The scorer has moved on by several generations while we were looking away.
            return await self.store.opportunities(query)
        return OpportunityPage(ranking.generation, tuple(rows), chosen.next_cursor)

    async def _read(self, work: Callable[[], Awaitable[T]]) -> T:
        try:
            return await self.readings.read(work)
        except StoreUnavailable as error:
            self.watch.missed(error)
            raise
        except TooManyReads as error:
            retry = (("Retry-After", "1"),)
            raise Problem(503, "overloaded", str(error), headers=retry) from None

    def _newest(self) -> int:
        return 0 if self.watch.generation is None else self.watch.generation.generation


def query_of(values: Mapping[str, Any]) -> OpportunityQuery:
    """The store's query that the parameters' values ask for; raises Problem (400)."""
    wanted = dict(values)
    flags = wanted.pop("has_flags", ())
    any_flag = {code for code in flags if code in ("true", "false")}
    if any_flag and len(flags) > 1:
        fault = Fault("has_flags", "true and false stand alone; or give codes")
        raise bad_parameters([fault])
    if any_flag:
        wanted["flagged"] = any_flag == {"true"}
    elif flags:
        wanted["has_flags"] = flags
    wanted["search"] = wanted.pop("q", "")
    if "side" in wanted:
        wanted["side"] = SIDES.index(wanted["side"])
    return OpportunityQuery(**wanted)


def _next_link(ask: Ask, cursor: str) -> str:
    """The next page's address for the header Link (RFC 8288)."""
    pairs = [(name, value) for name, value in ask.pairs if name != "cursor"]
    return f'<{ask.path}?{urlencode([*pairs, ("cursor", cursor)])}>; rel="next"'
