"""What the terminal shows of a campaign, kept as JSON so that showing it again costs nothing."""

from __future__ import annotations

import json
from statistics import fmean
from typing import TYPE_CHECKING, Any

from pyrunner.model import VARIANTS
from pyrunner.results.labels import (
    BOOT,
    END_TO_END,
    VARIANT_TITLES,
    benchmark_title,
    compact,
    fleet_title,
    suite_title,
)
from pyrunner.results.self_check_shown import as_dict
from pyrunner.results.shown import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyrunner.results.campaign import Campaign
    from pyrunner.results.findings import Findings
    from pyrunner.results.load import CellState
    from pyrunner.results.tally import Series, Tally


def summary(
    campaign: Campaign, states: Sequence[CellState], tally: Tally, findings: Findings
) -> bytes:
    """Make the JSON: counts of cells, measured values, comparisons.

    ``values`` holds for each host its columns (a variant and fleet size each) and its rows:
    suite, benchmark with unit, then the mean per VM over all repeats in each column, empty where
    nothing was measured. ``self_checks`` are what each host's came to, ``noise`` sentences on
    each host that varies more than the noise gate lets pass.
    """
    found = {
        "emulated": any(state.cell.emulated for state in states),
        "cells": {
            status: sum(state.status == status for state in states)
            for status in ("done", "failed", "planned")
        },
        "values": [
            _values(tally, host) for host in sorted({series.host for series in tally.repeats})
        ],
        "tables": [shown(table).as_dict() for table in findings.tables],
        "purpose": campaign.purpose,
        "self_checks": [as_dict(check) for check in findings.checks],
        "noise": [
            f"{table.host}: {' '.join(table.told)}" for table in findings.noise if table.worst
        ],
    }
    return (json.dumps(found, indent=1, ensure_ascii=False) + "\n").encode()


def _values(tally: Tally, host: str) -> dict[str, Any]:
    told = [
        series
        for series in sorted(tally.repeats, key=tally.ordering())
        if series.host == host
        and (series.metric == "score" or (series.suite, series.benchmark) == (BOOT, END_TO_END))
    ]
    rows: dict[tuple[str, str, str], dict[str, str]] = {}
    for series in told:
        key = (series.suite, series.benchmark, series.metric)
        rows.setdefault(key, {})[_column(series)] = compact(fmean(tally.repeats[series].values()))
    columns = {(VARIANTS.index(each.variant), each.fleet_size): _column(each) for each in told}
    titles = [columns[place] for place in sorted(columns)]
    return {
        "host": host,
        "columns": titles,
        "rows": [
            [
                suite_title(key[0]),
                f"{benchmark_title(*key[:2])}, {tally.measures[key].unit}",
                *(row.get(title, "") for title in titles),
            ]
            for key, row in rows.items()
        ],
    }


def _column(series: Series) -> str:
    return f"{VARIANT_TITLES[series.variant]}\n{fleet_title(series.fleet_size)}"
