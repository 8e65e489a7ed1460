"""Cursor pages: `{"limit", "count", "next_cursor", "data"}`.

"Cursor = base64 of an offset: start `MA==`, end `LTE=`" (venue reference, section 3.4).
"""

from base64 import b64decode, b64encode
from typing import Any, Final

from pmapp.local_venue.http import Answer, Request, error, ok

END: Final = "LTE="


def page(request: Request, rows: list[Any], limit: int = 100) -> Answer:
    """The page of `rows` that the request's cursor asks for."""
    cursor = request.query.get("next_cursor", "")
    try:
        offset = int(b64decode(cursor, validate=True)) if cursor else 0
    except ValueError:
        return error(400, "invalid next_cursor")
    if offset < 0:
        offset = len(rows)
    shown = rows[offset : offset + limit]
    after = offset + len(shown)
    more = b64encode(str(after).encode()).decode() if after < len(rows) else END
    return ok({"limit": limit, "count": len(shown), "next_cursor": more, "data": shown})
