"""VM exits and switches of the VMPL as a table, and why cells were not traced."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final

from pyrunner.files import read_json
from pyrunner.model import VARIANTS
from pyrunner.results.labels import EXITS, VARIANT_TITLES, compact, fleet_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyrunner.model import Variant
    from pyrunner.results.load import CellState
    from pyrunner.results.tally import Series, Tally

GROUPS: Final = {
    "svm": "VM exits (SVM)",
    "vmx": "VM exits (VMX)",
    "tcg": "What ended a run of TCG",
    "vmgexit": "VMGEXITs, by what the guest asked for",
    "vmpl": "Switches of the VMPL",
}
LEAST: Final = 0.005
"""Exits a second below which a row without any exit in the boot is left out."""

Column = tuple[int, int]
"""A variant's place and a fleet size."""


@dataclass(frozen=True, slots=True)
class ExitRow:
    """One reason: for each column exits until the guest was ready, and a second from then on."""

    title: str
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ExitTable:
    """All reasons seen on a host, group by group; means per VM over VMs and repeats."""

    host: str
    columns: tuple[str, ...]
    groups: tuple[tuple[str, tuple[ExitRow, ...]], ...]


def exit_tables(tally: Tally) -> list[ExitTable]:
    """Make a table per host that was traced."""
    found: dict[str, dict[str, dict[tuple[Column, str], float]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for series, repeats in tally.repeats.items():
        if series.suite == EXITS:
            place = (_column(series), series.metric)
            found[series.host][series.benchmark][place] = fmean(repeats.values())
    return [_table(host, values) for host, values in sorted(found.items())]


def _column(series: Series) -> Column:
    return VARIANTS.index(series.variant), series.fleet_size


def _table(host: str, values: dict[str, dict[tuple[Column, str], float]]) -> ExitTable:
    columns = sorted({column for entry in values.values() for column, _ in entry})
    rows: dict[str, list[tuple[float, ExitRow]]] = defaultdict(list)
    for name, entry in values.items():
        group, _, title = name.partition(":")
        counts = [entry.get((column, "count"), 0.0) for column in columns]
        rates = [entry.get((column, "rate"), 0.0) for column in columns]
        if any(counts) or max(rates) >= LEAST:
            row = ExitRow(_title(group, title), tuple(map(_texts, counts, rates)))
            rows[group].append((max(*counts, *rates), row))
    return ExitTable(
        host,
        tuple(_named(VARIANTS[place], size) for place, size in columns),
        tuple(
            (heading, tuple(row for _, row in sorted(rows[group], key=lambda each: -each[0])))
            for group, heading in GROUPS.items()
            if group in rows
        ),
    )


def _title(group: str, name: str) -> str:
    return f"to VMPL {name}" if group == "vmpl" else name.replace("_", " ")


def _texts(count: float, rate: float) -> tuple[str, str]:
    return compact(count), compact(rate)


def _named(variant: Variant, size: int) -> str:
    return f"{VARIANT_TITLES[variant]}, {fleet_title(size)}"


def untraced(states: Sequence[CellState]) -> list[tuple[str, str, str]]:
    """Say where cells were to be traced and were not: (host, reason, hint)."""
    return list(dict.fromkeys(_reasons(states)))


def _reasons(states: Iterable[CellState]) -> Iterable[tuple[str, str, str]]:
    for state in states:
        path = state.folder / "raw" / "fleet.json"
        if state.status == "done" and path.is_file():
            trace: dict[str, Any] = read_json(path).get("trace") or {}
            if trace.get("reason"):
                yield state.cell.host, str(trace["reason"]), str(trace.get("hint", ""))
            for part, missing in sorted((trace.get("left_out") or {}).items()):
                yield state.cell.host, f"{part} was left out: {missing}", ""
