"""The API over a real database of either kind, called without a socket."""

from collections.abc import AsyncIterator

import pytest

from tests.api.scene import Scene, scene_over
from tests.store.conftest import (  # noqa: F401 - fixtures
    address,
    empty,
    postgres_fresh,
    postgres_migrated,
    postgres_server,
    sqlite_migrated,
    store,
)


@pytest.fixture
async def scene(store) -> AsyncIterator[Scene]:  # noqa: F811 - the fixture
    """An API over a store without any row."""
    async with scene_over(store) as opened:
        yield opened
