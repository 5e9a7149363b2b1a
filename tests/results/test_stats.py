"""Comparisons: a worked example, and what must hold for all values."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrunner.results.stats import Estimate, compare, percent

VALUES = st.dictionaries(
    st.integers(1, 6), st.floats(min_value=1e-3, max_value=1e6), min_size=1, max_size=6
)


def of(estimate: Estimate) -> tuple[float, float, float]:
    """Take the numbers of an estimate that must have them."""
    assert estimate.log_advantage is not None
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.log_advantage, estimate.high


def test_paired_interval_is_the_one_worked_out_by_hand() -> None:
    # Logs of the ratios 1.10, 1.21, 0.99: mean 0.0919601, standard deviation 0.1003773.
    # Student's t with 2 degrees of freedom, 97.5 %: 4.302653 (from a table).
    # Half width: 4.302653 * 0.1003773 / sqrt(3) = 0.2493512.
    first, second = {1: 110.0, 2: 242.0, 3: 29.7}, {1: 100.0, 2: 200.0, 3: 30.0}
    estimate = compare(first, second, higher_is_better=True)
    assert estimate.method == "paired t"
    assert of(estimate) == pytest.approx((-0.1573911, 0.0919601, 0.3413113), abs=5e-7)
    assert estimate.verdict == "inconclusive"
    assert percent(estimate.log_advantage or 0.0) == pytest.approx(9.6321, abs=1e-4)


def test_welch_interval_is_the_one_worked_out_by_hand() -> None:
    # Logs 1, 3 against 0, 2: difference of means 1, both variances 2, so the standard error is
    # sqrt(2/2 + 2/2) and the degrees of freedom are 2. Half width: 4.302653 * 1.414214 = 6.084870.
    first, second = {1: math.e, 2: math.e**3}, {3: 1.0, 4: math.e**2}
    estimate = compare(first, second, higher_is_better=True)
    assert estimate.method == "Welch t"
    assert of(estimate) == pytest.approx((-5.084870, 1.0, 7.084870), abs=2e-6)


def test_extra_repeats_of_one_side_do_not_disturb_the_pairs() -> None:
    first, second = {1: 110.0, 2: 120.0}, {1: 100.0, 2: 101.0}
    alone = compare(first, second, higher_is_better=True)
    assert compare({**first, 3: 900.0}, second, higher_is_better=True) == alone


@given(VALUES, VALUES)
def test_swapping_the_sides_negates(one: dict[int, float], two: dict[int, float]) -> None:
    there = compare(one, two, higher_is_better=True)
    back = compare(two, one, higher_is_better=True)
    assert (there.method, there.repeats) == (back.method, back.repeats)
    assert there.log_advantage == pytest.approx(-(back.log_advantage or 0.0), abs=1e-9)
    if there.low is not None and back.high is not None:
        assert there.low == pytest.approx(-back.high, abs=1e-9)


@given(VALUES, VALUES)
def test_lower_is_better_negates(one: dict[int, float], two: dict[int, float]) -> None:
    higher = compare(one, two, higher_is_better=True)
    lower = compare(one, two, higher_is_better=False)
    assert higher.log_advantage == pytest.approx(-(lower.log_advantage or 0.0), abs=1e-9)
    if higher.verdict != "inconclusive":
        assert {higher.verdict, lower.verdict} == {"better", "worse"}


@given(VALUES, VALUES)
def test_the_interval_covers_the_estimate(one: dict[int, float], two: dict[int, float]) -> None:
    estimate = compare(one, two, higher_is_better=True)
    if estimate.low is None:
        assert estimate.verdict == "inconclusive"
        assert estimate.reason
    else:
        low, middle, high = of(estimate)
        assert low <= middle <= high
        assert (estimate.verdict == "inconclusive") == (low <= 0 <= high) == bool(estimate.reason)


@given(VALUES, VALUES, st.floats(min_value=0.01, max_value=100))
def test_the_unit_does_not_matter(
    one: dict[int, float], two: dict[int, float], factor: float
) -> None:
    before = compare(one, two, higher_is_better=True)
    scaled = [{key: value * factor for key, value in side.items()} for side in (one, two)]
    after = compare(*scaled, higher_is_better=True)
    assert after.log_advantage == pytest.approx(before.log_advantage, abs=1e-9)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ({1: 2.0}, {1: 1.0}, "fewer than 2 repeats"),
        ({1: 2.0, 2: 2.5}, {3: 1.0}, "fewer than 2 repeats"),
        ({}, {1: 1.0}, "no completed repeat"),
        ({1: 0.0, 2: 1.0}, {1: 1.0, 2: 1.0}, "zero or negative"),
        ({1: 2.0, 2: 4.0}, {1: 1.0, 2: 2.0}, "do not differ at all"),
        ({1: 2.0, 2: 2.0}, {3: 1.0, 4: 1.0}, "do not differ at all"),
    ],
)
def test_no_interval_says_why(
    first: dict[int, float], second: dict[int, float], reason: str
) -> None:
    estimate = compare(first, second, higher_is_better=True)
    assert (estimate.low, estimate.high, estimate.verdict) == (None, None, "inconclusive")
    assert reason in estimate.reason


def test_clear_differences_get_their_verdicts() -> None:
    fast, slow = {1: 200.0, 2: 202.0, 3: 199.0}, {1: 100.0, 2: 100.5, 3: 99.0}
    assert compare(fast, slow, higher_is_better=True).verdict == "better"
    assert compare(slow, fast, higher_is_better=True).verdict == "worse"
    assert compare(fast, slow, higher_is_better=False).verdict == "worse"


def test_percent_of_huge_ratios_is_finite() -> None:
    assert percent(0.0) == 0.0
    assert percent(math.log(2)) == pytest.approx(100.0)
    assert math.isfinite(percent(1e6))
