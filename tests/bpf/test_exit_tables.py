"""Exits on the page: means per VM, what was not seen, and why a host was not traced."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pyrunner.model import Cell
from pyrunner.results.exits import exit_tables, untraced
from pyrunner.results.labels import THIN_SPACE
from pyrunner.results.load import CellState, load
from pyrunner.results.missing import Explainer
from pyrunner.results.noise import gated
from pyrunner.results.report import build_report
from pyrunner.results.tally import Series, Tally
from tests.builders import synthetic

if TYPE_CHECKING:
    from pathlib import Path

    from pyrunner.model import Variant
    from pyrunner.results.observations import Metric

VALUES: dict[tuple[Variant, str, Metric], dict[int, float]] = {
    ("plain", "svm:npf", "count"): {1: 1000.0, 2: 2000.0},
    ("plain", "svm:npf", "rate"): {1: 10.0, 2: 20.0},
    ("svsm", "svm:npf", "count"): {1: 3000.0},
    ("svsm", "svm:npf", "rate"): {1: 30.0},
    ("svsm", "svm:avic_incomplete_ipi", "count"): {1: 0.0},
    ("svsm", "svm:avic_incomplete_ipi", "rate"): {1: 0.0001},
    ("svsm", "svm:vmgexit", "count"): {1: 9000.0},
    ("svsm", "svm:vmgexit", "rate"): {1: 5.0},
    ("svsm", "vmpl:2", "count"): {1: 402.0},
    ("svsm", "vmpl:2", "rate"): {1: 0.25},
}


def test_a_table_has_a_column_for_each_fleet_and_what_there_was_most_of_first() -> None:
    tally = Tally()
    for (variant, name, metric), repeats in VALUES.items():
        tally.repeats[Series("epyc", "snp", variant, 8, "exits", name, metric)] = repeats
    (table,) = exit_tables(tally)
    assert table.columns == ("plain, 8 VMs", "SVSM, 8 VMs")
    assert [heading for heading, _ in table.groups] == ["VM exits (SVM)", "Switches of the VMPL"]
    exits, switches = (rows for _, rows in table.groups)
    assert [row.title for row in exits] == ["vmgexit", "npf"]
    assert exits[1].entries == ((f"1{THIN_SPACE}500", "15.00"), (f"3{THIN_SPACE}000", "30.00"))
    assert exits[0].entries[0] == ("0", "0")
    assert [(row.title, row.entries[1]) for row in switches] == [("to VMPL 2", ("402.0", "0.2500"))]


@pytest.fixture
def state(tmp_path: Path) -> CellState:
    (tmp_path / "raw").mkdir()
    return CellState(Cell("epyc", "plain", 1, 1, "snp"), tmp_path, "done")


@pytest.mark.parametrize(
    ("trace", "told"),
    [
        (
            {"running": False, "reason": "no bpftrace", "hint": "install it"},
            [("no bpftrace", "install it")],
        ),
        (
            {"running": True, "left_out": {"kvm_launch": "no sys_enter_ioctl"}},
            [("kvm_launch was left out: no sys_enter_ioctl", "")],
        ),
        ({"mode": "off", "running": False}, []),
        ({"running": True, "left_out": {}}, []),
    ],
)
def test_why_a_host_was_not_traced(
    state: CellState, trace: dict[str, object], told: list[tuple[str, str]]
) -> None:
    (state.folder / "raw/fleet.json").write_text(json.dumps({"trace": trace}))
    assert untraced([state, state]) == [("epyc", *each) for each in told]


def test_launches_of_milliseconds_call_for_no_repeats() -> None:
    assert not gated("launch", "to_first_run")
    assert gated("boot_timeline", "end_to_end")
    assert gated("unixbench", "spawn")


def test_what_is_missing_of_a_launch_is_its_trace(tmp_path: Path) -> None:
    campaign, states = load(synthetic.build(tmp_path, synthetic.hardware()))
    told = Explainer(campaign, states).why("epyc1", ("cvm", "plain"), 8, "launch")
    assert told == "cells without a trace do not have it (fleet_trace)"


def test_the_page_says_why_a_host_was_not_traced(tmp_path: Path) -> None:
    home = synthetic.build(tmp_path, synthetic.plain_only())
    cell = home / "cells/local/plain-1vm-r1"
    (cell / "raw").mkdir()
    (cell / "raw/fleet.json").write_text(
        json.dumps({"trace": {"running": False, "reason": "bpftrace needs root", "hint": "be it"}})
    )
    assert build_report(home)
    page = (home / "report.html").read_text("utf-8")
    assert "Not traced on local: bpftrace needs root (be it)." in page
