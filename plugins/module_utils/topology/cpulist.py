"""Lists of processors as Linux writes them: ``0-3,8`` (cpuset(7), "List format")."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def parse(text: str) -> tuple[int, ...]:
    """The numbers of a list, sorted; of an empty one none."""
    numbers: set[int] = set()
    for part in text.strip().split(","):
        first, _, last = part.strip().partition("-")
        if first:
            numbers.update(range(int(first), int(last or first) + 1))
    return tuple(sorted(numbers))


def write(numbers: Iterable[int]) -> str:
    """The list of `numbers`, neighbours as ranges."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(_run(run) for run in runs)


def _run(run: list[int]) -> str:
    """One run of neighbours."""
    return f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}"
