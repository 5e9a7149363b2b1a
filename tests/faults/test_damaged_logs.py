"""Raw logs that were cut or altered on the way: told by name, and the cell is not sealed."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Final

import pytest

from tests.faults.guests import answers, measures
from tests.faults.reports import failed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.rig import Rig

pytestmark = pytest.mark.vm

CUT, GOOD = "plain-1vm-r1", "plain-1vm-r2"
PHASES: Final = json.dumps([{"name": "boot", "status": "passed", "seconds": 1.0}])


def halve(path: Path) -> None:
    """Keep the first half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def lose_last_line(path: Path) -> None:
    """Cut between two lines: what is left reads well."""
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def empty(path: Path) -> None:
    """Keep the name alone."""
    path.write_bytes(b"")


DAMAGE: Final = {
    "serial.jsonl": (halve, lose_last_line, empty),
    "debugcon.jsonl": (halve, lose_last_line, empty),
    "host.jsonl": (halve, lose_last_line, empty),
    "stress_ng/fork-1.yaml": (halve, lose_last_line, empty),
    "stress_ng/request.json": (halve, empty),
}


@pytest.fixture(scope="module")
def measured(rig: Rig) -> Path:
    """Raw files of a real cell; the serial log of the cell before it is cut while it runs."""
    playing = rig.start("site", testbed_repeats=2, stress_ng_seconds=8)
    playing.until(lambda: answers(rig.vm(CUT)) and measures(), "benchmark")
    halve(rig.vm(CUT) / "serial.jsonl")
    playing.wait(240)
    assert playing.status != 0
    return rig.cell(GOOD) / "raw"


def test_a_log_cut_on_the_host_fails_its_cell_and_the_other_goes_on(
    rig: Rig, measured: Path
) -> None:
    assert measured.is_dir()
    assert rig.sealed() == {GOOD}
    failure = rig.failure(CUT)
    assert failure["phase"] == "seal"
    assert "vm1" in failure["message"]
    assert "serial.jsonl" in failure["message"]
    assert failure["message"] in failed(rig, f"here.{CUT}", "seal")
    assert not (rig.cell(CUT) / "observations.csv").exists()


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        pytest.param(name, damage, id=f"{name}-{damage.__name__}")
        for name, kinds in DAMAGE.items()
        for damage in kinds
    ],
)
def test_a_damaged_file_is_named_and_nothing_is_sealed(
    rig: Rig, measured: Path, tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    raw = shutil.copytree(measured, tmp_path / "raw")
    damage(raw / "vm1" / name)
    cell = ("--host=here", f"--cell={CUT}")
    assert rig.data("begin", *cell)[0] == 0
    status, told = rig.data("seal", *cell, f"--archive={raw}", "--phases=-", stdin=PHASES)
    assert status == 1, told
    assert "vm1" in told["error"]
    assert name.rsplit("/", maxsplit=1)[-1] in told["error"]
    assert rig.sealed() == {GOOD}
    assert not (rig.cell(CUT) / "observations.csv").exists()


def test_the_undamaged_files_would_have_been_sealed(
    rig: Rig, measured: Path, tmp_path: Path
) -> None:
    raw = shutil.copytree(measured, tmp_path / "raw")
    cell = ("--host=here", f"--cell={CUT}")
    assert rig.data("begin", *cell)[0] == 0
    status, told = rig.data("seal", *cell, f"--archive={raw}", "--phases=-", stdin=PHASES)
    assert status == 0, told
    assert rig.sealed() == {CUT, GOOD}
