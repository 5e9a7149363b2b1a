"""The tables at the page's end: measured values, VM by VM, facts and manifests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from pyrunner.results.labels import VARIANT_TITLES, benchmark_title, figure, suite_title

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyrunner.results.tally import Series, Spread, Tally


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A benchmark of one variant and fleet size, over all repeats, as text."""

    host: str
    suite: str
    benchmark: str
    variant: str
    fleet_size: int
    unit: str
    mean: str
    spread: str
    aggregate: str
    fairness: str
    repeats: int


@dataclass(frozen=True, slots=True)
class VmRow:
    """One VM's values of a benchmark over all repeats, as text."""

    host: str
    variant: str
    fleet_size: int
    suite: str
    benchmark: str
    vm: str
    unit: str
    mean: str
    lowest: str
    highest: str
    repeats: int
    passes: str


def value_rows(tally: Tally) -> list[ValueRow]:
    """Every benchmark's mean per VM, and what the fleet made of it together."""
    return [
        _value_row(tally, series, tally.repeats[series])
        for series in sorted(tally.repeats, key=tally.ordering())
        if series.metric == "score"
    ]


def _value_row(tally: Tally, series: Series, repeats: Mapping[int, float]) -> ValueRow:
    values = list(repeats.values())
    mean = fmean(values)
    spread = (max(values) - min(values)) / mean * 100 if mean and len(values) > 1 else None
    return ValueRow(
        host=series.host,
        suite=suite_title(series.suite),
        benchmark=benchmark_title(series.suite, series.benchmark),
        variant=VARIANT_TITLES[series.variant],
        fleet_size=series.fleet_size,
        unit=tally.measures[series.suite, series.benchmark, "score"].unit,
        mean=figure(mean),
        spread="" if spread is None else f"{spread:.1f} %",
        aggregate=_mean_of(tally, series._replace(metric="aggregate"), 0),
        fairness=_mean_of(tally, series._replace(metric="fairness"), 3),
        repeats=len(values),
    )


def _mean_of(tally: Tally, series: Series, digits: int) -> str:
    values = tally.repeats.get(series, {}).values()
    if not values:
        return ""
    return f"{fmean(values):.{digits}f}" if digits else figure(fmean(values))


def start_skews(tally: Tally) -> list[str]:
    """Say for each host and suite how far apart the VMs of a fleet started, at most."""
    worst: dict[tuple[str, str], float] = {}
    for series, repeats in tally.repeats.items():
        if series.metric == "skew" and series.fleet_size > 1:
            key = (series.host, suite_title(series.suite))
            worst[key] = max(worst.get(key, 0.0), *repeats.values())
    return [
        f"{suite} on {host}: the VMs of a fleet started at most {1000 * skew:.1f} ms apart."
        for (host, suite), skew in sorted(worst.items())
    ]


def vm_rows(tally: Tally) -> Iterator[VmRow]:
    """Every VM's values of every benchmark and boot phase."""
    for series in sorted(tally.vms, key=tally.ordering()):
        for vm, spread in sorted(tally.vms[series].items(), key=lambda it: (len(it[0]), it[0])):
            if spread.values:
                yield _vm_row(tally, series, vm, spread)


def _vm_row(tally: Tally, series: Series, vm: str, spread: Spread) -> VmRow:
    kept_and_dumped = f"{spread.passes} + {spread.dumped}" if spread.passes + spread.dumped else ""
    index = " (index)" if series.metric == "index" else ""
    return VmRow(
        host=series.host,
        variant=VARIANT_TITLES[series.variant],
        fleet_size=series.fleet_size,
        suite=suite_title(series.suite),
        benchmark=benchmark_title(series.suite, series.benchmark) + index,
        vm=vm,
        unit=tally.measures[series.suite, series.benchmark, series.metric].unit,
        mean=figure(fmean(spread.values)),
        lowest=figure(min(spread.values)),
        highest=figure(max(spread.values)),
        repeats=len(spread.values),
        passes=kept_and_dumped,
    )


def flat(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Write nested facts as (dotted name, value), in the order of the names."""
    for key in sorted(data):
        value, name = data[key], f"{prefix}{key}"
        if isinstance(value, dict) and value:
            yield from flat(value, f"{name}.")
        else:
            yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
