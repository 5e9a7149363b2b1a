"""Comparisons as they are read: the same words on the page and in the terminal."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pyrunner.results.labels import BOOT, END_TO_END, fleet_title, signed, suite_title
from pyrunner.results.stats import percent

if TYPE_CHECKING:
    from pyrunner.results.comparisons import Entry, Table


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """An entry of a table as text; ``note`` numbers the reason below the table, from 1."""

    percent: str
    interval: str
    verdict: str
    thesis: str
    note: int | None


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A row of a table; ``suite`` is its id, ``group`` the suite's title."""

    suite: str
    benchmark: str
    group: str
    title: str
    entries: tuple[ShownEntry, ...]


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A comparison as text; ``missing`` says why nothing in it was measured, if so."""

    host: str
    title: str
    columns: tuple[str, ...]
    lines: tuple[ShownLine, ...]
    notes: tuple[str, ...]
    missing: str

    @property
    def published(self) -> list[bool]:
        """For each column, whether the thesis has figures to show in it."""
        places = range(len(self.columns))
        return [any(line.entries[place].thesis for line in self.lines) for place in places]

    @property
    def groups(self) -> list[tuple[str, list[ShownLine]]]:
        """The lines by suite title, in order; of the boot only the whole."""
        main = [line for line in self.lines if line not in self.phases]
        titles = dict.fromkeys(line.group for line in main)
        return [(title, [each for each in main if each.group == title]) for title in titles]

    @property
    def phases(self) -> list[ShownLine]:
        """The phases of the boot, for those who want to know more."""
        return [each for each in self.lines if each.suite == BOOT and each.benchmark != END_TO_END]

    def as_dict(self) -> dict[str, Any]:
        """The table for JSON."""
        return asdict(self)


def shown(table: Table) -> ShownTable:
    """Put a comparison into words."""
    notes: list[str] = []
    lines = tuple(
        ShownLine(
            line.suite,
            line.benchmark,
            suite_title(line.suite),
            line.title,
            tuple(_entry(entry, notes, table.missing) for entry in line.entries),
        )
        for line in table.lines
    )
    columns = tuple(fleet_title(size) for size in table.sizes)
    return ShownTable(table.host, table.title, columns, lines, tuple(notes), table.missing)


def _entry(entry: Entry, notes: list[str], known: str) -> ShownEntry:
    thesis = "" if entry.published is None else signed(entry.published)
    estimate = entry.estimate
    if estimate is None or estimate.log_advantage is None:
        return ShownEntry("", "", "", thesis, _note(entry.missing, notes, known))
    if estimate.low is None or estimate.high is None:
        interval, note = "", _note(entry.missing, notes, known)
    else:  # that an interval covers 0 can be seen: no note
        low, high = signed(percent(estimate.low)), signed(percent(estimate.high))
        interval = f"{low.removesuffix(' %')} to {high}"
        note = _note(entry.missing, notes, known) if estimate.withheld else None
    value = signed(percent(estimate.log_advantage))
    return ShownEntry(value, interval, estimate.verdict, thesis, note)


def _note(reason: str, notes: list[str], known: str) -> int | None:
    """Number a reason, unless it is the one that the whole table gives already."""
    if not reason or reason == known:
        return None
    if reason not in notes:
        notes.append(reason)
    return notes.index(reason) + 1
