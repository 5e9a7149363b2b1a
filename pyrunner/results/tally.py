"""Sums of a campaign's observations, kept while its rows stream by.

A million rows are mostly single passes of benchmarks; what the report needs of them is a count.
So the memory used grows with cells and VMs, never with rows.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING, Final, NamedTuple

from pyrunner.errors import TestbedError
from pyrunner.model import VARIANTS
from pyrunner.results.observations import FLEET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from pyrunner.model import Backend, Cell, Variant
    from pyrunner.results.observations import Metric, Observation

PER_VM: Final = ("score", "duration")
"""Metrics of which each VM has one value a cell, and that comparisons use."""


class Series(NamedTuple):
    """What is the same for all repeats of a measurement; ``metric`` says which value it is."""

    host: str
    backend: Backend
    variant: Variant
    fleet_size: int
    suite: str
    benchmark: str
    metric: Metric


class Measure(NamedTuple):
    """How to read the values of a suite's benchmark."""

    unit: str
    higher_is_better: bool


TWICE_HINT: Final = "the file was edited: move the cell's folder away and resume"


@dataclass(slots=True)
class Spread:
    """Values of one VM over the repeats, with the passes behind them."""

    values: list[float] = field(default_factory=list)
    passes: int = 0
    dumped: int = 0


@dataclass(slots=True)
class Tally:
    """All that the report needs of the observations.

    Attributes:
        repeats: series -> repeat -> value of that cell (mean over the VMs for per-VM metrics).
        vms: per-VM series -> VM -> its values.
        measures: (suite, benchmark, metric) -> unit and direction.
        incomplete: what was left out since a VM's value is missing, in words.
        rows: observations seen.
    """

    repeats: dict[Series, dict[int, float]] = field(default_factory=lambda: defaultdict(dict))
    vms: dict[Series, dict[str, Spread]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Spread))
    )
    measures: dict[tuple[str, str, str], Measure] = field(default_factory=dict)
    incomplete: list[str] = field(default_factory=list)
    rows: int = 0

    def ordering(self) -> Callable[[Series], tuple[str, int, int, int]]:
        """Make the sort key of tables: host, benchmark as its suite has it, variant, size."""
        benchmarks = list(dict.fromkeys(what[:2] for what in self.measures))
        places = {what: place for place, what in enumerate(benchmarks)}
        return lambda series: (
            series.host,
            places.get((series.suite, series.benchmark), len(places)),
            VARIANTS.index(series.variant),
            series.fleet_size,
        )

    def add_cell(self, cell: Cell, observations: Iterable[Observation], path: Path) -> None:
        """Take in one sealed cell, whose observations come from the file ``path``.

        Raises:
            TestbedError: a value is there twice, or a benchmark has two units.
        """
        values: dict[tuple[str, str, Metric], dict[str, float]] = defaultdict(dict)
        for each in observations:
            self.rows += 1
            if each.metric in ("pass", "pass_dumped"):
                self._count_pass(each)
                continue
            self._note_measure(each, path)
            found = values[each.suite, each.benchmark, each.metric]
            if each.vm in found:
                raise TestbedError(f"{path}: two values of {_words(each)}", TWICE_HINT)
            found[each.vm] = each.value
        place = (cell.host, cell.backend, cell.variant, cell.fleet_size)
        for key, found in values.items():
            self._fold(cell, Series(*place, *key), found)

    def _count_pass(self, each: Observation) -> None:
        place = (each.host, each.backend, each.variant, each.fleet_size)
        spread = self.vms[Series(*place, each.suite, each.benchmark, "score")][each.vm]
        if each.metric == "pass":
            spread.passes += 1
        else:
            spread.dumped += 1

    def _note_measure(self, each: Observation, path: Path) -> None:
        measure = Measure(each.unit, each.higher_is_better)
        known = self.measures.setdefault((each.suite, each.benchmark, each.metric), measure)
        if known != measure:
            raise TestbedError(
                f"{path}: {_words(each)} is {_direction(measure)}, elsewhere {_direction(known)}",
                "cells of two versions of a suite cannot be in one campaign",
            )

    def _fold(self, cell: Cell, series: Series, found: dict[str, float]) -> None:
        if FLEET in found:
            self.repeats[series][cell.repeat] = found[FLEET]
            return
        for vm, value in found.items():
            self.vms[series][vm].values.append(value)
        if len(found) == cell.fleet_size:
            self.repeats[series][cell.repeat] = fmean(found.values())
        else:
            self.incomplete.append(
                f"{cell.host} {cell.id}: {series.suite} {series.benchmark} has values of "
                f"{len(found)} of {cell.fleet_size} VMs and is left out of the comparisons"
            )


def _words(each: Observation) -> str:
    return f"{each.suite} {each.benchmark} {each.metric} of {each.vm}"


def _direction(measure: Measure) -> str:
    return f"in {measure.unit}, {'higher' if measure.higher_is_better else 'lower'} is better"
