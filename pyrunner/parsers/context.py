"""What all rows of one cell have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pyrunner.results.boot_events import BootEvent
from pyrunner.results.observations import FLEET, Observation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyrunner.model import Cell
    from pyrunner.parsers.boot import Event
    from pyrunner.parsers.value import Value


@dataclass(frozen=True)
class CellContext:
    """A cell and what its results belong to.

    Attributes:
        suites: the benchmark suites that the cell ran.
        started_at: when the attempt began, UTC, ISO 8601.
    """

    cell: Cell
    campaign: str
    suites: tuple[str, ...]
    artifact_set: str
    started_at: str

    @classmethod
    def of(cls, cell: Cell, begun: Mapping[str, Any]) -> CellContext:
        """Take it from the cell's begun.json."""
        return cls(
            cell=cell,
            campaign=str(begun["campaign"]),
            suites=tuple(begun["suites"]),
            artifact_set=str(begun["artifact_set"]),
            started_at=str(begun["started_at"]),
        )

    def with_suite(self, suite: str) -> CellContext:
        """Add what is measured in a cell without being one of the campaign's benchmarks."""
        return replace(self, suites=(*self.suites, suite))

    def observation(self, suite: str, value: Value, vm: str = FLEET) -> Observation:
        """Make a row of results.csv."""
        cell = self.cell
        return Observation(
            campaign=self.campaign,
            host=cell.host,
            backend=cell.backend,
            variant=cell.variant,
            fleet_size=cell.fleet_size,
            vm=vm,
            repeat=cell.repeat,
            suite=suite,
            benchmark=value.benchmark,
            metric=value.metric,
            unit=value.unit,
            value=value.value,
            higher_is_better=value.higher_is_better,
            artifact_set=self.artifact_set,
            started_at=self.started_at,
        )

    def boot_event(self, vm: str, event: Event) -> BootEvent:
        """Make a row of boot_events.csv."""
        cell = self.cell
        return BootEvent(
            campaign=self.campaign,
            host=cell.host,
            backend=cell.backend,
            variant=cell.variant,
            fleet_size=cell.fleet_size,
            repeat=cell.repeat,
            vm=vm,
            event=event.name,
            source=event.source,
            seconds=event.seconds,
        )
