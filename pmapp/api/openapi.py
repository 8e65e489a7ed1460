"""The API's description in OpenAPI 3.1, made from the parameters' table and the answers' shapes."""

from functools import cache
from typing import Any, Final

import msgspec

from pmapp.api import shapes
from pmapp.api.items import CSV_COLUMNS
from pmapp.api.parameters import OPPORTUNITY_PARAMETERS
from pmapp.api.problems import CONTENT_TYPE, TITLES, ProblemBody

VERSION: Final = "1.0.0"
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
    opportunities = _get("Scored markets, page by page.", page, problem, (400, 410, 429, 503))
    opportunities["parameters"] = [one.described() for one in OPPORTUNITY_PARAMETERS]
    market = _get(
        "Everything about one market.", json_of(shapes.MarketAnswer), problem, (400, 404, 429, 503)
    )
    market["parameters"] = [_MARKET_ID]
    config = _get(
        "Weights, bounds and the rest.", json_of(shapes.ConfigAnswer), problem, (400, 429)
    )
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
            "/healthz": {"get": _get("The process answers.", json_of(shapes.Alive), problem, ())},
            "/readyz": {
                "get": _get("The database answers.", json_of(shapes.Ready), problem, (503,))
            },
            "/metrics": {"get": _get("Measures for Prometheus.", plain, problem, (429,))},
            "/openapi.json": {"get": _get("This document.", anything, problem, (429,))},
        },
        "components": {"schemas": components},
    }


def _get(
    says: str, content: dict[str, Any], problem: dict[str, Any], problems: tuple[int, ...]
) -> dict[str, Any]:
    responses: dict[str, Any] = {"200": {"description": says, "content": content}}
    for status in sorted({400, *problems}):
        responses[str(status)] = {"description": TITLES[status], "content": problem}
    return {"summary": says, "responses": responses}
