"""results.csv and boot_events.csv: each sealed cell once, in order, and only as sealed."""

from __future__ import annotations

import json
from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING

import pytest

from pyrunner.errors import TestbedError
from pyrunner.model import Cell
from pyrunner.results.aggregate import aggregate
from pyrunner.results.files import sha256
from pyrunner.results.load import load
from pyrunner.results.observations import read_observations, write_observations
from pyrunner.results.tally import Series
from tests.builders import synthetic

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyrunner.results.observations import Observation
    from pyrunner.results.tally import Tally

CELL = "cells/epyc1/plain-2vm-r1"


def run(home: Path) -> tuple[Tally, bool]:
    """Aggregate a campaign's folder."""
    campaign, states = load(home)
    return aggregate(home, campaign.name, states)


def reseal(cell: Path) -> None:
    """Make cell.json vouch for the files as they are now."""
    sealed = json.loads((cell / "cell.json").read_text())
    sealed["files"] = {name: sha256(cell / name) for name in sealed["files"]}
    (cell / "cell.json").write_text(json.dumps(sealed))


def rewrite(cell: Path, change: Callable[[list[Observation]], list[Observation]]) -> None:
    """Change a cell's observations and seal it again."""
    rows = change(list(read_observations(cell / "observations.csv")))
    write_observations(cell / "observations.csv", rows)
    reseal(cell)


@pytest.fixture
def home(tmp_path: Path, small: synthetic.Spec) -> Path:
    """A small campaign without a report."""
    return synthetic.build(tmp_path, small)


def test_files_hold_each_sealed_cell_once_in_the_plans_order(home: Path) -> None:
    tally, changed = run(home)
    _, states = load(home)
    for name, cell_name in (
        ("results.csv", "observations.csv"),
        ("boot_events.csv", "boot_events.csv"),
    ):
        parts = [(state.folder / cell_name).read_text().splitlines() for state in states]
        wanted = [parts[0][0], *(row for part in parts for row in part[1:])]
        assert (home / name).read_text().splitlines() == wanted
    assert changed
    assert tally.rows == len((home / "results.csv").read_text().splitlines()) - 1


def test_a_second_time_changes_nothing(home: Path) -> None:
    run(home)
    before = (home / "results.csv").stat().st_mtime_ns
    assert not run(home)[1]
    assert (home / "results.csv").stat().st_mtime_ns == before
    assert not list(home.glob(".*"))


def test_only_planned_cells_with_cell_json_count(home: Path, small: synthetic.Spec) -> None:
    whole = run(home)[0].rows
    stranger = Cell("epyc1", "plain", 2, 9, "kvm")
    synthetic.seal(home, small, stranger)
    assert run(home)[0].rows == whole
    (home / CELL / "cell.json").unlink()
    rest = run(home)[0].rows
    assert rest == whole - sum(1 for _ in read_observations(home / CELL / "observations.csv"))
    assert ",plain,2,vm1,1," not in (home / "results.csv").read_text()


@pytest.mark.parametrize("name", ["observations.csv", "boot_events.csv"])
def test_a_file_that_is_not_as_sealed_is_named(home: Path, name: str) -> None:
    path = home / CELL / name
    path.write_text(path.read_text().replace("1", "2", 1))
    with pytest.raises(TestbedError, match="sha256") as caught:
        run(home)
    assert str(path) in caught.value.message
    assert caught.value.hint
    assert not list(home.glob("results.csv*")) or name == "boot_events.csv"


def test_a_missing_file_is_named(home: Path) -> None:
    (home / CELL / "observations.csv").unlink()
    with pytest.raises(TestbedError, match=r"observations\.csv"):
        run(home)


def test_a_file_without_its_last_line_end_is_refused(home: Path) -> None:
    path = home / CELL / "observations.csv"
    path.write_text(path.read_text().rstrip("\n"))
    reseal(home / CELL)
    with pytest.raises(TestbedError, match="last line has no end"):
        run(home)


def test_rows_of_another_cell_are_refused(home: Path) -> None:
    rewrite(home / CELL, lambda rows: [*rows[:-1], replace(rows[-1], repeat=2)])
    with pytest.raises(TestbedError, match="a row is of"):
        run(home)


def test_a_value_that_is_there_twice_is_refused(home: Path) -> None:
    rewrite(home / CELL, lambda rows: [*rows, rows[-1]])
    with pytest.raises(TestbedError, match="two values of unixbench"):
        run(home)


def test_two_units_of_a_benchmark_are_refused(home: Path) -> None:
    rewrite(home / CELL, lambda rows: [replace(row, unit="MB/s") for row in rows])
    with pytest.raises(TestbedError, match=r"in MB/s.*elsewhere in"):
        run(home)


def test_a_cells_value_is_the_mean_over_its_vms(home: Path) -> None:
    tally, _ = run(home)
    rows = [
        row.value
        for row in read_observations(home / CELL / "observations.csv")
        if (row.benchmark, row.metric) == ("fsdisk", "score")
    ]
    series = Series("epyc1", "kvm", "plain", 2, "unixbench", "fsdisk", "score")
    assert tally.repeats[series][1] == pytest.approx(fmean(rows))
    spread = tally.vms[series]["vm2"]
    assert (len(spread.values), spread.passes, spread.dumped) == (2, 2, 2)


def test_a_cell_without_one_vms_value_is_left_out_and_told(home: Path) -> None:
    gone = ("vm2", "fsdisk", "score")
    rewrite(
        home / CELL,
        lambda rows: [row for row in rows if (row.vm, row.benchmark, row.metric) != gone],
    )
    tally, _ = run(home)
    series = Series("epyc1", "kvm", "plain", 2, "unixbench", "fsdisk", "score")
    assert list(tally.repeats[series]) == [2]
    (told,) = tally.incomplete
    assert told.startswith("epyc1 plain-2vm-r1: unixbench fsdisk has values of 1 of 2 VMs")


def test_no_folder_to_write_to_is_told(home: Path) -> None:
    (home / "results.csv").mkdir()
    with pytest.raises(TestbedError, match=r"results\.csv"):
        run(home)
