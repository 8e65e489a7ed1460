"""The API over a real database of either kind, called without a socket."""

from collections.abc import AsyncIterator

import pytest

from tests.api.scene import Scene, scene_over


@pytest.fixture
async def scene(store) -> AsyncIterator[Scene]:
    """An API over a store without any row."""
    async with scene_over(store) as opened:
        yield opened
