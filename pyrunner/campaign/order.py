"""In which order cells run, so that slow drift of a host cancels in every comparison.

All cells of repeat 1 come before those of repeat 2 and so on. Within a repeat the variants follow a
Latin square: each repeat starts one variant further, so that over as many repeats as there are
variants every variant has been first, second, ... equally often and a linear drift adds the same to
each. The next round runs the square backwards, which also cancels what one variant leaves behind
for the next (warm caches, fragmented memory). Fleet sizes change direction every repeat.
The order depends on the repeat's number alone: adding repeats never reorders those that ran.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, TypeVar

from pyrunner.model import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyrunner.model import Cell, Variant

Item = TypeVar("Item")


def counterbalanced(items: Sequence[Item], turn: int, offset: int = 0) -> list[Item]:
    """Order ``items`` for the ``turn``-th time (from 0): a Latin square, every other one mirrored.

    >>> ["".join(counterbalanced("abc", turn)) for turn in range(6)]
    ['abc', 'bca', 'cab', 'cba', 'bac', 'acb']
    """
    if not items:
        return []
    row = list(items) if (turn // len(items)) % 2 == 0 else list(reversed(items))
    start = (turn + offset) % len(items)
    return [*row[start:], *row[:start]]


def running_order(cells: Iterable[Cell]) -> list[Cell]:
    """Order the cells of all hosts; hosts take turns, for they run side by side."""
    by_host: dict[str, list[Cell]] = {}
    for cell in cells:
        by_host.setdefault(cell.host, []).append(cell)
    ordered = [_host_order(by_host[host]) for host in sorted(by_host)]
    return [cell for turn in zip_longest(*ordered) for cell in turn if cell is not None]


def _host_order(cells: Sequence[Cell]) -> list[Cell]:
    """Order the cells of one host."""
    wanted = {(cell.repeat, cell.fleet_size, cell.variant): cell for cell in cells}
    present = {cell.variant for cell in cells}
    variants = [variant for variant in VARIANTS if variant in present]
    sizes = sorted({cell.fleet_size for cell in cells})
    repeats = sorted({cell.repeat for cell in cells})
    keys = [key for repeat in repeats for key in _repeat_order(repeat, sizes, variants)]
    return [wanted[key] for key in keys if key in wanted]


def _repeat_order(
    repeat: int, sizes: Sequence[int], variants: Sequence[Variant]
) -> list[tuple[int, int, Variant]]:
    """Order one repeat: every fleet size in turn, with its own row of the Latin square."""
    turn = repeat - 1
    directed = sizes if turn % 2 == 0 else list(reversed(sizes))
    return [
        (repeat, size, variant)
        for size in directed
        for variant in counterbalanced(variants, turn, sizes.index(size))
    ]
