"""The order of cells: complete, deterministic, and fair to every variant."""

from __future__ import annotations

from collections import Counter
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from pyrunner.campaign.order import counterbalanced, running_order
from pyrunner.model import VARIANTS, Cell, Variant

variants = st.lists(st.sampled_from(VARIANTS), min_size=1, max_size=3, unique=True)
sizes = st.lists(st.integers(1, 16), min_size=1, max_size=3, unique=True)


def _cells(names: list[Variant], counts: list[int], repeats: int, host: str = "h") -> list[Cell]:
    """All cells of one host."""
    numbers = range(1, repeats + 1)
    return [Cell(host, v, n, r, "emulated") for v, n, r in product(names, counts, numbers)]


def test_three_variants_follow_a_latin_square_then_its_mirror() -> None:
    rows = ["".join(counterbalanced("abc", turn)) for turn in range(7)]
    assert rows == ["abc", "bca", "cab", "cba", "bac", "acb", "abc"]


def test_two_variants_cancel_linear_and_quadratic_drift() -> None:
    sequence = "".join("".join(counterbalanced("ab", turn)) for turn in range(4))
    assert sequence == "abbabaab"
    for power in (1, 2):
        sums = {v: sum(i**power for i, w in enumerate(sequence) if w == v) for v in "ab"}
        assert sums["a"] == sums["b"]


def test_nothing_to_order() -> None:
    assert counterbalanced("", 3) == []
    assert running_order([]) == []


@settings(max_examples=50, deadline=None)
@given(variants, sizes, st.integers(1, 7))
def test_every_cell_runs_once_and_repeats_come_one_after_the_other(
    names: list[Variant], counts: list[int], repeats: int
) -> None:
    cells = _cells(names, counts, repeats)
    ordered = running_order(reversed(cells))
    assert Counter(ordered) == Counter(cells)
    assert [cell.repeat for cell in ordered] == sorted(cell.repeat for cell in cells)
    assert ordered == running_order(cells)


@settings(max_examples=50, deadline=None)
@given(variants, sizes, st.integers(1, 3))
def test_every_variant_is_at_every_place_equally_often(
    names: list[Variant], counts: list[int], rounds: int
) -> None:
    ordered = running_order(_cells(names, counts, len(names) * rounds))
    for size in counts:
        places: Counter[tuple[str, int]] = Counter()
        for repeat in range(1, len(names) * rounds + 1):
            row = [c.variant for c in ordered if (c.fleet_size, c.repeat) == (size, repeat)]
            places.update((variant, place) for place, variant in enumerate(row))
        assert set(places.values()) == {rounds}


@settings(max_examples=50, deadline=None)
@given(variants, sizes, st.integers(1, 5), st.integers(1, 5))
def test_more_repeats_do_not_reorder_those_that_ran(
    names: list[Variant], counts: list[int], repeats: int, more: int
) -> None:
    before = running_order(_cells(names, counts, repeats))
    after = running_order(_cells(names, counts, repeats + more))
    assert after[: len(before)] == before


def test_fleet_sizes_change_direction() -> None:
    ordered = running_order(_cells(["plain"], [8, 1], 3))
    assert [cell.fleet_size for cell in ordered] == [1, 8, 8, 1, 1, 8]


def test_hosts_take_turns() -> None:
    cells = [*_cells(["plain"], [1], 3, "b"), *_cells(["plain"], [1], 2, "a")]
    assert [cell.host for cell in running_order(cells)] == ["a", "b", "a", "b", "b"]
