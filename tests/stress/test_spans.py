"""Percentiles of many spans, to within three per cent."""

from hypothesis import given
from hypothesis import strategies as st

from pmapp.spans import Spans

SPANS = st.lists(st.integers(0, 10**12), min_size=1, max_size=60)


def filled(spans):
    counted = Spans()
    for span in spans:
        counted.add(span)
    return counted


@given(SPANS, st.sampled_from([0.01, 0.5, 0.9, 0.99, 1.0]))
def test_percentile_is_near_the_exact_one(spans, share):
    exact = sorted(spans)[max(0, -int(-share * len(spans) // 1) - 1)]
    told = filled(spans).percentile(share)
    assert exact <= told <= exact * 1.0323 + 1


@given(SPANS)
def test_totals_are_exact(spans):
    counted = filled(spans)
    assert (counted.total, counted.total_ns, counted.longest) == (
        len(spans),
        sum(spans),
        max(spans),
    )
    assert counted.percentile(1.0) == max(spans)


def test_every_small_span_has_its_own_bucket():
    for span in range(64):
        counted = filled([span, 1_000])
        assert counted.percentile(0.5) == span


def test_nothing_counted():
    assert Spans().percentile(0.99) == 0
    assert Spans().percentile_us(0.5) == 0.0


def test_memory_does_not_grow_with_spans():
    counted = filled(range(0, 3_000_000, 31))
    assert len(counted.counts) < 700
    assert counted.percentile_us(0.5) == round(counted.percentile(0.5) / 1_000, 1)


def test_clock_that_steps_back_counts_as_nothing():
    assert filled([-5]).longest == 0
