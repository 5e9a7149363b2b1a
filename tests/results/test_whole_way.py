"""From what planning, sealing and failing write to the report: no file is made up here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrunner.cells.begin import begin
from pyrunner.cells.fail import Failure, fail
from pyrunner.cells.phases import phase
from pyrunner.cells.seal import seal
from pyrunner.results.load import load
from pyrunner.results.observations import read_observations
from pyrunner.results.report import build_report, read_summary
from tests.campaign.demo import planned
from tests.parsers.raw_factory import pack, write_raw

if TYPE_CHECKING:
    from pathlib import Path


def test_cells_of_the_testbed_get_their_report(tmp_path: Path) -> None:
    campaign = planned(tmp_path / "demo")
    archive = pack(write_raw(tmp_path / "raw"), tmp_path / "raw.tar.gz")
    begin(campaign, "local", "plain-2vm-r1")
    seal(campaign, "local", "plain-2vm-r1", archive, [phase("boot", "passed", 8.0)])
    begin(campaign, "local", "plain-2vm-r2")
    fail(campaign, "local", "plain-2vm-r2", Failure("boot", "vm2 never booted", "look"))
    home = tmp_path / "demo"
    assert build_report(home)
    assert not build_report(home)
    done = {state.cell.id: state for state in load(home)[1]}
    assert done["plain-2vm-r2"].message == "vm2 never booted"
    cell = list(read_observations(done["plain-2vm-r1"].folder / "observations.csv"))
    assert list(read_observations(home / "results.csv")) == cell
    page = (home / "report.html").read_text(encoding="utf-8")
    assert "vm2 never booted" in page
    assert "stress-ng on local: the VMs of a fleet started at most 125.0 ms apart." in page
    assert "no SEV-SNP here" in page
    assert "Emulated: a functional run" in page
    assert read_summary(home)["cells"] == {"done": 1, "failed": 1, "planned": 2}
