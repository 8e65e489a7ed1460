"""The API's description in OpenAPI 3.1, made from the parameters' table and the answers' shapes."""

from functools import cache
from typing import Any, Final

import msgspec

from pmapp.api import shapes
from pmapp.api.items import CSV_COLUMNS
from pmapp.api.parameters import OPPORTUNITY_PARAMETERS
from pmapp.api.problems import CONTENT_TYPE, TITLES, ProblemBody

VERSION: Final = "1.0.0"
EVERYWHERE: Final = (400, 413, 414, 500)
"""What any path may answer with."""
METERED: Final = (429, 503)
"""What those may that count against the bounds of one address and of all."""
_SHAPES: Final = (
    shapes.Page,
    shapes.MarketAnswer,
    shapes.ConfigAnswer,
    shapes.Alive,
    shapes.Ready,
    ProblemBody,
)
_MARKET_ID: Final = {
    "name": "market_id",
    "in": "path",
    "required": True,
    "description": "The market's id, the venue's short id, or its slug.",
    "schema": {"type": "string", "maxLength": 200},
}


@cache
def description() -> dict[str, Any]:
    """The whole document."""
    references, components = msgspec.json.schema_components(
        _SHAPES, ref_template="#/components/schemas/{name}"
    )
    shape = dict(zip(_SHAPES, references, strict=True))
    page = {"application/json": {"schema": shape[shapes.Page]}}
    page["text/csv"] = {
        "schema": {"type": "string", "description": f"Columns: {', '.join(CSV_COLUMNS)}."}
    }

    def json_of(kind: Any) -> dict[str, Any]:
        return {"application/json": {"schema": shape[kind]}}

    plain = {"text/plain": {"schema": {"type": "string"}}}
    anything = {"application/json": {"schema": {"type": "object"}}}
    problem = {CONTENT_TYPE: {"schema": shape[ProblemBody]}}
    opportunities = _get("Scored markets, page by page.", page, problem, (304, 410, *METERED))
    opportunities["parameters"] = [one.described() for one in OPPORTUNITY_PARAMETERS]
    market = _get(
        "Everything about one market.",
        json_of(shapes.MarketAnswer),
        problem,
        (304, 404, *METERED),
    )
    market["parameters"] = [_MARKET_ID]
    config = _get(
        "Weights, bounds and the rest.", json_of(shapes.ConfigAnswer), problem, (304, *METERED)
    )
    alive = _get("The process answers.", json_of(shapes.Alive), problem, (304,))
    ready = _get("The database answers.", json_of(shapes.Ready), problem, (304, 503))
    measures = _get("Measures for Prometheus.", plain, problem, METERED)
    document = _get("This document.", anything, problem, (304, *METERED))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Endgame sweep scanner",
            "version": VERSION,
            "description": (
                "Markets whose outcome has practically converged, ranked. Read only. "
                "Parameters that are unknown, repeated or out of range are refused."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            "/v1/opportunities": {"get": opportunities},
            "/v1/market/{market_id}": {"get": market},
            "/v1/config": {"get": config},
            "/healthz": {"get": alive},
            "/readyz": {"get": ready},
            "/metrics": {"get": measures},
            "/openapi.json": {"get": document},
        },
        "components": {"schemas": components},
    }


def _get(
    says: str, content: dict[str, Any], problem: dict[str, Any], problems: tuple[int, ...]
) -> dict[str, Any]:
    responses: dict[str, Any] = {"200": {"description": says, "content": content}}
    for status in sorted({*EVERYWHERE, *problems}):
        if status == 304:
            responses["304"] = {"description": "Not changed: If-None-Match names its ETag."}
        else:
            responses[str(status)] = {"description": TITLES[status], "content": problem}
    return {"summary": says, "responses": responses}
