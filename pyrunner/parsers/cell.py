"""All rows of one cell out of its raw folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

from pyrunner.errors import TestbedError
from pyrunner.parsers.boot import BootTrace, parse_boot
from pyrunner.parsers.raw import start_skew
from pyrunner.parsers.suite import SuiteFiles, read_suite
from pyrunner.parsers.trace import read_traces
from pyrunner.parsers.traced import exit_values, join
from pyrunner.parsers.value import Value, fleet_values
from pyrunner.results.labels import EXITS, LAUNCH

if TYPE_CHECKING:
    from pathlib import Path

    from pyrunner.parsers.context import CellContext
    from pyrunner.parsers.raw import Fleet
    from pyrunner.parsers.trace import VmTrace
    from pyrunner.results.boot_events import BootEvent
    from pyrunner.results.observations import Observation

BOOT: Final = "boot_timeline"
PARSERS: Final = {
    "unixbench": "pyrunner.parsers.unixbench",
    "stress_ng": "pyrunner.parsers.stress_ng",
    "measurement": "pyrunner.parsers.measurement",
}
"""Module of each suite's parser; loaded when needed, for every cell waits for it."""


class SuiteParser(Protocol):
    """What the module of a suite's parser offers."""

    def parse(self, files: SuiteFiles) -> list[Value]:
        """Give all values of one VM."""
        ...


@dataclass
class Parsed:
    """The rows of a cell."""

    observations: list[Observation] = field(default_factory=list)
    boot_events: list[BootEvent] = field(default_factory=list)


def parse_cell(fleet: Fleet, context: CellContext) -> Parsed:
    """Check and parse everything that was collected of a cell.

    Raises:
        TestbedError: anything is missing, damaged or contradictory; nothing is left out silently.
    """
    raw, vms = fleet.raw, fleet.names
    parsed = Parsed()
    parsed.observations.append(context.observation(BOOT, start_skew(fleet)))
    traces = read_traces(fleet)
    for vm in vms:
        boot = parse_boot(raw / vm, context.cell.variant)
        if vm in traces:
            boot = _add_launch(parsed, context, boot, traces[vm], raw / vm)
        _add_boot(parsed, context, boot)
    for vm, values in exit_values(traces).items():
        parsed.observations += [context.observation(EXITS, value, vm) for value in values]
    for suite in context.suites:
        parsed.observations += _suite_rows(raw, suite, vms, context)
    return parsed


def _add_boot(parsed: Parsed, context: CellContext, trace: BootTrace) -> None:
    """Add one VM's boot."""
    parsed.boot_events += [context.boot_event(trace.vm, event) for event in trace.events]
    for phase, seconds in trace.phases.items():
        value = Value(phase, "duration", "s", seconds, higher_is_better=False)
        parsed.observations.append(context.observation(BOOT, value, trace.vm))


def _add_launch(
    parsed: Parsed, context: CellContext, boot: BootTrace, trace: VmTrace, folder: Path
) -> BootTrace:
    """Add what bpftrace saw of one VM's launch; give the boot with its events."""
    traced = join(boot, trace, folder, context.cell.variant)
    parsed.observations += [context.observation(LAUNCH, v, boot.vm) for v in traced.launch]
    return traced.boot


def _suite_rows(raw: Path, suite: str, vms: list[str], context: CellContext) -> list[Observation]:
    """Rows of one suite: every VM's values, then the fleet's."""
    if suite not in PARSERS:
        raise TestbedError(f"no parser for suite {suite}", f"known: {', '.join(PARSERS)}")
    parser = cast("SuiteParser", import_module(PARSERS[suite]))
    run = read_suite(raw, suite, vms)
    by_vm = {vm: parser.parse(files) for vm, files in run.by_vm.items()}
    rows = [context.observation(suite, v, vm) for vm, values in by_vm.items() for v in values]
    fleet = [*run.skews, *fleet_values(suite, by_vm)]
    return [*rows, *(context.observation(suite, value) for value in fleet)]
