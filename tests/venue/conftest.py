"""The stage that most tests of the venue begin with."""

import pytest

from tests.venue.stage import Stage


@pytest.fixture
def stage():
    return Stage()


@pytest.fixture
def alice(stage):
    return stage.trader()
