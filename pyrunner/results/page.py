"""The report page: one file that needs nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jinja2

from pyrunner.results import details, overview
from pyrunner.results.boot import bars, boot_rows
from pyrunner.results.exits import exit_tables, untraced
from pyrunner.results.figures.boot_bars import boot_picture
from pyrunner.results.figures.forest import forest
from pyrunner.results.figures.scale_dots import scaling_picture
from pyrunner.results.figures.scale_lines import scaling_curves
from pyrunner.results.figures.speed_lines import speed_picture
from pyrunner.results.labels import fleet_title, moment, suite_title
from pyrunner.results.proofs import proof_rows
from pyrunner.results.scaling import scalings
from pyrunner.results.scaling_shown import scale_table
from pyrunner.results.self_check import arms_tables
from pyrunner.results.self_check_shown import MEND, fleet_rows, verdict
from pyrunner.results.shown import ShownTable, shown
from pyrunner.results.speeds import speeds
from pyrunner.results.vouched import left_out_sizes, vouched_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyrunner.results.boot import Bar
    from pyrunner.results.campaign import Campaign
    from pyrunner.results.comparisons import Table
    from pyrunner.results.figures.canvas import Picture
    from pyrunner.results.findings import Findings
    from pyrunner.results.load import CellState
    from pyrunner.results.scaling import Scaling
    from pyrunner.results.self_check import SelfCheck
    from pyrunner.results.self_check_shown import FleetRow
    from pyrunner.results.speeds import Speed
    from pyrunner.results.tally import Tally

TEMPLATES: Final = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A table and its forest plot, which is None where nothing was measured."""

    table: ShownTable
    picture: Picture | None


def page(
    campaign: Campaign,
    states: Sequence[CellState],
    tally: Tally,
    findings: Findings,
) -> str:
    """Render the page; it holds no time of day, so that equal inputs give equal pages."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        flat=_flat, fleet_title=fleet_title, suite_title=suite_title, moment=moment
    )
    context = {
        "campaign": campaign,
        "states": states,
        "tally": tally,
        "many_hosts": len(campaign.hosts) > 1,
        "emulated": sorted(emulated_hosts(states)),
        **_dates(states),
        **_overview(campaign, states, tally),
        "proofs": proof_rows(states),
        **_vouched(tally, states),
        "comparisons": _comparisons(findings.tables, states),
        **_pictures(tally, states),
        "exits": exit_tables(tally),
        "untraced": untraced(states),
        "noise": findings.noise,
        "checks": _checks(findings.checks, states),
        "mend": MEND,
        "start_skews": details.start_skews(tally),
        "value_rows": details.value_rows(tally),
        "vm_rows": details.vm_rows(tally),
    }
    return environment.get_template("report.html.j2").render(context)


def emulated_hosts(states: Sequence[CellState]) -> set[str]:
    """Hosts on which any cell of the plan is emulated."""
    return {state.cell.host for state in states if state.cell.emulated}


def _flat(data: object) -> list[tuple[str, str]]:
    return list(details.flat(data if isinstance(data, dict) else {"": data}))


def _dates(states: Sequence[CellState]) -> dict[str, Any]:
    done = [state for state in states if state.status == "done"]
    return {
        "first": min((state.started_at for state in done), default=""),
        "last": max((state.finished_at for state in done), default=""),
        "sets": sorted({state.artifact_set for state in done}),
    }


def _overview(campaign: Campaign, states: Sequence[CellState], tally: Tally) -> dict[str, Any]:
    return {
        "tiles": overview.tiles(campaign, states, tally),
        "squares": overview.squares(campaign, states),
        "left_out": overview.left_out(campaign),
        "failures": [state for state in states if state.status == "failed"],
    }


def _checks(
    checks: Sequence[SelfCheck], states: Sequence[CellState]
) -> list[tuple[SelfCheck, str, list[FleetRow], list[Comparison]]]:
    """Each host's self-check, what it came to, and its arms compared as variants are."""
    emulated = emulated_hosts(states)
    return [
        (check, verdict(check), fleet_rows(check), [_arms(each, emulated) for each in tables])
        for check in checks
        for tables in [arms_tables(check)]
    ]


def _arms(table: Table, emulated: set[str]) -> Comparison:
    name = f"arms-{table.host}-{table.first}"
    drawn = forest(table, name, emulated=table.host in emulated, sides=("arm A", "arm B"))
    return Comparison(shown(table), drawn)


def _comparisons(tables: Sequence[Table], states: Sequence[CellState]) -> list[Comparison]:
    emulated = emulated_hosts(states)
    return [
        Comparison(shown(table), forest(table, f"forest{number}", emulated=table.host in emulated))
        for number, table in enumerate(tables)
    ]


def _vouched(tally: Tally, states: Sequence[CellState]) -> dict[str, Any]:
    """What SVSMs vouched for, and a picture per host of how fast they measured."""
    emulated = emulated_hosts(states)
    by_host: dict[str, list[Speed]] = {}
    for each in speeds(tally):
        by_host.setdefault(each.host, []).append(each)
    return {
        "vouched": vouched_rows(states),
        "speeds": [
            (host, speed_picture(found, f"speed{number}", emulated=host in emulated), found)
            for number, (host, found) in enumerate(by_host.items())
        ],
        "left_out_sizes": left_out_sizes(states),
    }


def _pictures(tally: Tally, states: Sequence[CellState]) -> dict[str, Any]:
    """Boot and scaling pictures per host (and suite, and fleet size)."""
    emulated = emulated_hosts(states)
    boots: dict[str, list[Bar]] = {}
    for bar in bars(tally):
        boots.setdefault(bar.host, []).append(bar)
    scales: dict[tuple[str, str], list[Scaling]] = {}
    for each in scalings(tally):
        scales.setdefault((each.host, each.suite), []).append(each)
    return {
        "boots": [
            (
                host,
                boot_picture(found, f"boot{number}", emulated=host in emulated),
                boot_rows(found),
            )
            for number, (host, found) in enumerate(boots.items())
        ],
        "scales": [
            (
                place,
                _scaling(found, f"scale{number}", emulated=place[0] in emulated),
                scale_table(found),
            )
            for number, (place, found) in enumerate(scales.items())
        ],
    }


def _scaling(found: Sequence[Scaling], name: str, *, emulated: bool) -> Picture:
    """Draw one fleet size against 1 VM as dots, several as curves."""
    several = len({each.fleet_size for each in found}) > 1
    draw = scaling_curves if several else scaling_picture
    return draw(found, name, emulated=emulated)
