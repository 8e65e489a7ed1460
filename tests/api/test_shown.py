"""Pages in memory: as many as fit, the last ones asked for."""

import random

from hypothesis import given
from hypothesis import strategies as st

from pmapp.api.shown import Body, Form, ShownPage, ShownPages
from pmio.store.opportunities import OpportunityPage

EMPTY = OpportunityPage(None, (), "")
PLAIN = Form(csv=False, stale=False)


def test_a_body_is_made_once_for_each_form():
    shown = ShownPage(EMPTY)
    assert shown.body(PLAIN) is shown.body(Form(False, False))
    assert shown.body(PLAIN).etag != shown.body(Form(False, True)).etag


def test_small_bodies_are_not_compressed():
    assert Body(b"x" * 100).zipped() is None
    assert len(Body(b"x" * 5_000).zipped()) < 100


@given(st.integers(0, 2**32), st.integers(0, 20_000))
def test_never_more_than_fits_and_never_the_wrong_page(seed, room):
    draw = random.Random(seed)
    pages, kept = ShownPages(room), {}
    for _ in range(60):
        key = draw.randrange(12)
        shown = pages.get(key)
        assert shown is None or shown is kept[key]
        if shown is None:
            shown = kept[key] = ShownPage(EMPTY)
        shown.body(Form(draw.random() < 0.5, draw.random() < 0.5))
        pages.keep(key, shown)
        assert pages.size <= room
        assert pages.size == sum(pages.get(k).size for k in range(12) if pages.get(k))


def test_the_one_asked_for_longest_ago_goes_first():
    first, second, third = (ShownPage(EMPTY) for _ in range(3))
    pages = ShownPages(2 * first.size + 10)
    pages.keep(1, first)
    pages.keep(2, second)
    pages.keep(1, first)
    pages.keep(3, third)
    assert [pages.get(key) for key in (1, 2, 3)] == [first, None, third]
