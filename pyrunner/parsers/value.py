"""One measured value, before it becomes a row; values of a fleet out of those of its VMs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyrunner.errors import TestbedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyrunner.results.observations import Metric


@dataclass(frozen=True)
class Value:
    """A value that a benchmark gave, in ``unit``."""

    benchmark: str
    metric: Metric
    unit: str
    value: float
    higher_is_better: bool = True


def geometric_mean(values: Sequence[float]) -> float:
    """Geometric mean of positive numbers; of a single one, that very number."""
    if len(values) == 1:
        return values[0]
    return math.exp(math.fsum(math.log(value) for value in values) / len(values))


def jain(values: Sequence[float]) -> float:
    """Jain's fairness index: 1 if all are equal, 1/n if one has it all.

    Source: R. Jain, D. Chiu, W. Hawe, "A Quantitative Measure of Fairness and Discrimination for
    Resource Allocation in Shared Computer Systems", DEC-TR-301, 1984.
    """
    return math.fsum(values) ** 2 / (len(values) * math.fsum(value**2 for value in values))


def fleet_values(suite: str, by_vm: Mapping[str, Sequence[Value]]) -> Iterator[Value]:
    """Yield aggregate (sum) and fairness of the scores of a fleet, for each benchmark.

    Args:
        suite: the suite, for messages.
        by_vm: all values of every VM of the fleet.

    Raises:
        TestbedError: a VM lacks a benchmark that another has, or has it in another unit.
    """
    scores = {vm: _scores(values) for vm, values in by_vm.items()}
    first = next(iter(scores))
    for vm, seen in scores.items():
        if {key: v.unit for key, v in seen.items()} != {
            k: v.unit for k, v in scores[first].items()
        }:
            raise TestbedError(
                f"{suite}: {vm} has scores {sorted(seen)}, {first} has {sorted(scores[first])}",
                "all VMs of a fleet must run the same benchmarks",
            )
    for benchmark, score in scores[first].items():
        numbers = [seen[benchmark].value for seen in scores.values()]
        yield Value(benchmark, "aggregate", score.unit, math.fsum(numbers))
        yield Value(benchmark, "fairness", "1", jain(numbers))


def _scores(values: Sequence[Value]) -> dict[str, Value]:
    """Take the scores alone."""
    return {value.benchmark: value for value in values if value.metric == "score"}
