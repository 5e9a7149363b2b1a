"""Rows of results.csv: one observation each."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from pyrunner.model import BACKENDS, NAME, VARIANTS, Backend, Variant
from pyrunner.results.rows import at_line, finite, natural, read_rows, word, write_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Metric = Literal[
    "pass",
    "pass_dumped",
    "score",
    "index",
    "aggregate",
    "fairness",
    "skew",
    "duration",
    "ratio",
    "calls",
    "count",
    "rate",
]
METRICS: Final[tuple[Metric, ...]] = get_args(Metric)
FLEET: Final = "all"
"""The ``vm`` of a row that speaks of the whole fleet."""

VM: Final = re.compile(r"all|vm[1-9]\d*", re.ASCII)
TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)
TRUTH: Final = {"true": True, "false": False}


@dataclass(slots=True)
class Observation:
    """One value, with all that is needed to trace it; not frozen, which would be slower to read.

    Attributes:
        vm: ``vm1`` to ``vm<fleet_size>``, or ``all`` for a value of the whole fleet.
        metric: what kind of value it is; comparisons use ``score`` and ``duration``.
        unit: unit of ``value`` as the suite prints it; ``s`` for durations.
        artifact_set: digest of the components that the cell ran with.
        started_at: start of the cell, UTC, ISO 8601 with a Z.
    """

    campaign: str
    host: str
    backend: Backend
    variant: Variant
    fleet_size: int
    vm: str
    repeat: int
    suite: str
    benchmark: str
    metric: Metric
    unit: str
    value: float
    higher_is_better: bool
    artifact_set: str
    started_at: str

    def as_row(self) -> tuple[str, ...]:
        """The fields as CSV text, in the order of the columns."""
        return (
            *(self.campaign, self.host, self.backend, self.variant, str(self.fleet_size)),
            *(self.vm, str(self.repeat), self.suite, self.benchmark, self.metric, self.unit),
            *(repr(self.value), str(self.higher_is_better).lower()),
            *(self.artifact_set, self.started_at),
        )

    @classmethod
    def from_row(cls, row: list[str]) -> Observation:
        """Read what :meth:`as_row` wrote.

        Raises:
            ValueError: a field is not what its column holds; the message names the column.
        """
        value = finite(row[11], "value")
        parsed: tuple[Any, ...] = (*_who(*row[:7]), *_what(*row[7:11]), value, *_rest(*row[12:]))
        return cls(*parsed)


COLUMNS: Final = tuple(field.name for field in fields(Observation))


def read_observations(path: Path) -> Iterator[Observation]:
    """Stream the observations of a CSV file.

    Raises:
        TestbedError: the file is not such a CSV; the message names file and line.
    """
    for line, row in read_rows(path, COLUMNS):
        try:
            yield Observation.from_row(row)
        except ValueError as error:
            raise at_line(path, line, str(error)) from error


def write_observations(path: Path, observations: Iterable[Observation]) -> bool:
    """Write observations whole or not at all; tell whether that changed the file."""
    return write_rows(path, COLUMNS, (each.as_row() for each in observations))


# A campaign repeats the same words around a million different values: cached, reading them takes
# a third of the time.


@lru_cache(maxsize=4096)
def _who(*row: str) -> tuple[Any, ...]:
    campaign, host, backend, variant, fleet_size, vm, repeat = row
    size = natural(fleet_size, "fleet_size")
    return (
        *(_name(campaign, "campaign"), _name(host, "host"), word(backend, "backend", BACKENDS)),
        *(word(variant, "variant", VARIANTS), size, vm_name(vm, size), natural(repeat, "repeat")),
    )


@lru_cache(maxsize=4096)
def _what(suite: str, benchmark: str, metric: str, unit: str) -> tuple[str, ...]:
    known = word(metric, "metric", METRICS)
    return _label(suite, "suite"), _label(benchmark, "benchmark"), known, _label(unit, "unit")


@lru_cache(maxsize=4096)
def _rest(higher_is_better: str, artifact_set: str, started_at: str) -> tuple[bool, str, str]:
    if not TIME.fullmatch(started_at):
        raise ValueError(f"started_at is {started_at!r}, not like 2026-01-02T03:04:05Z")
    truth = TRUTH[word(higher_is_better, "higher_is_better", TRUTH)]
    return truth, _label(artifact_set, "artifact_set"), started_at


def vm_name(text: str, fleet_size: int) -> str:
    """Check that a VM belongs to a fleet of that size.

    Raises:
        ValueError: it does not.
    """
    if not VM.fullmatch(text) or (text != FLEET and int(text[2:]) > fleet_size):
        raise ValueError(f"vm is {text!r}, not one of a fleet of {fleet_size}")
    return text


def _name(text: str, column: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError(f"{column} is {text!r}, which cannot name a folder")
    return text


def _label(text: str, column: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError(f"{column} is {text!r}, not a printable label")
    return text
