"""Rows of boot_events.csv: one event of one VM's boot each."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, cast

from pyrunner.model import BACKENDS, VARIANTS, Backend, Variant
from pyrunner.results.observations import FLEET, vm_name
from pyrunner.results.rows import at_line, finite, natural, read_rows, word, write_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class BootEvent:
    """When something was seen of a VM that boots.

    Attributes:
        event: name of the event, for example ``kernel_start``.
        source: the stream that showed it, for example ``serial``.
        seconds: time since QEMU was started for that VM, in s, never negative.
    """

    campaign: str
    host: str
    backend: Backend
    variant: Variant
    fleet_size: int
    repeat: int
    vm: str
    event: str
    source: str
    seconds: float

    def as_row(self) -> tuple[str, ...]:
        """The fields as CSV text, in the order of the columns."""
        return (
            *(self.campaign, self.host, self.backend, self.variant, str(self.fleet_size)),
            *(str(self.repeat), self.vm, self.event, self.source, repr(self.seconds)),
        )

    @classmethod
    def from_row(cls, row: list[str]) -> BootEvent:
        """Read what :meth:`as_row` wrote.

        Raises:
            ValueError: a field is not what its column holds; the message names the column.
        """
        size, seconds = natural(row[4], "fleet_size"), finite(row[9], "seconds")
        if not all((row[0], row[1], row[7], row[8])) or row[6] == FLEET or seconds < 0:
            raise ValueError("campaign, host, vm, event or source is empty, or seconds negative")
        return cls(
            row[0],
            row[1],
            cast("Backend", word(row[2], "backend", BACKENDS)),
            cast("Variant", word(row[3], "variant", VARIANTS)),
            size,
            natural(row[5], "repeat"),
            vm_name(row[6], size),
            row[7],
            row[8],
            seconds,
        )


EVENT_COLUMNS: Final = tuple(field.name for field in fields(BootEvent))


def read_boot_events(path: Path) -> Iterator[BootEvent]:
    """Stream the events of a CSV file.

    Raises:
        TestbedError: the file is not such a CSV; the message names file and line.
    """
    for line, row in read_rows(path, EVENT_COLUMNS):
        try:
            yield BootEvent.from_row(row)
        except ValueError as error:
            raise at_line(path, line, str(error)) from error


def write_boot_events(path: Path, events: Iterable[BootEvent]) -> bool:
    """Write events whole or not at all; tell whether that changed the file."""
    return write_rows(path, EVENT_COLUMNS, (each.as_row() for each in events))
