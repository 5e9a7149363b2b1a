"""Where VMs ran, on the page: once a host, and a warning where they did not run alike."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pyrunner.results.report import build_report
from tests.builders.synthetic import build, plain_only

if TYPE_CHECKING:
    from pathlib import Path

PINNED = "pinned: a core for each vCPU; memory: ordinary pages, of the VM's NUMA node"
FREE = "not pinned: fleet_pinning is off; memory: ordinary pages"


@pytest.mark.parametrize(
    ("placements", "notes", "warned"),
    [([PINNED], 1, False), ([PINNED, FREE], 2, True), ([""], 0, False)],
)
def test_a_host_tells_how_its_vms_were_placed(
    tmp_path: Path, placements: list[str], notes: int, *, warned: bool
) -> None:
    home = build(tmp_path, plain_only())
    cells = sorted(home.glob("cells/*/*/cell.json"))
    for number, path in enumerate(cells):
        sealed = json.loads(path.read_text("utf-8"))
        sealed["placement"] = placements[number % len(placements)]
        path.write_text(json.dumps(sealed), "utf-8")
    assert len(cells) > 1
    assert build_report(home)
    page = (home / "report.html").read_text("utf-8")
    assert page.count("Its VMs were") == notes
    assert ("were placed alike" in page) == warned
    assert ("a core for each vCPU; memory" in page) == (PINNED in placements)
