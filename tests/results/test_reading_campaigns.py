"""campaign.json, cell.json and failure.json: read, or named with what is wrong in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pyrunner.errors import TestbedError
from pyrunner.results.load import load
from tests.builders import synthetic

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CELL = "cells/epyc1/plain-1vm-r1/cell.json"


def spoil(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a JSON file in place."""
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")


def test_states_stand_in_the_plans_order(everything: Path) -> None:
    campaign, states = load(everything)
    assert [state.cell for state in states] == list(campaign.cells)
    found = {state.cell.id: state for state in states}
    assert found["plain-1vm-r1"].status == "done"
    assert found["cvm-8vm-r5"].status == "planned"
    failed = found["svsm-8vm-r5"]
    assert (failed.status, failed.failed_phase, failed.attempt) == ("failed", "boot", 2)
    assert "vm3" in failed.message


def test_cell_json_wins_over_a_failure(tmp_path: Path, small: synthetic.Spec) -> None:
    home = synthetic.build(tmp_path, small)
    (home / CELL).with_name("failure.json").write_text("{}")
    assert load(home)[1][0].status == "done"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda it: it.update(schema=2), "schema 2, not 1"),
        (lambda it: it.update(repeats="3"), "repeats: int is wanted, not '3'"),
        (lambda it: it.update(repeats=True), "repeats: int is wanted, not True"),
        (lambda it: it.update(campaign="../up"), "campaign: a name"),
        (lambda it: it.update(fleet_sizes=[1, "8"]), "fleet_sizes: a list of whole numbers"),
        (lambda it: it.update(suites=[1]), "suites: a list of strings"),
        (lambda it: it.update(variants=["sev"]), "'sev' is not one of plain"),
        (lambda it: it.update(cells=it["cells"] * 2), "a cell is planned twice"),
        (lambda it: it.update(hosts={}), "hosts lacks epyc1"),
        (lambda it: it["cells"][0].update(variant="sev"), r"cells\[0\].*unknown variant"),
        (lambda it: it["cells"][0].update(host=".."), r"cells\[0\]\.host"),
        (lambda it: it["cells"][0].pop("repeat"), r"cells\[0\].*repeat"),
        (lambda it: it["hosts"].update({"..": it["hosts"]["epyc1"]}), "cannot name a host"),
        (lambda it: it["hosts"]["epyc1"]["checks"][0].update(status="fine"), "status: ok or"),
        (lambda it: it["hosts"]["epyc1"]["variants"]["cvm"].update(backend="tcg"), "backend: snp"),
        (lambda it: it["hosts"]["epyc1"]["variants"]["cvm"].pop("runnable"), "runnable: bool"),
    ],
)
def test_a_malformed_plan_is_named(
    tmp_path: Path,
    small: synthetic.Spec,
    change: Callable[[dict[str, Any]], object],
    message: str,
) -> None:
    home = synthetic.build(tmp_path, small)
    spoil(home / "campaign.json", change)
    with pytest.raises(TestbedError, match=message) as caught:
        load(home)
    assert str(home / "campaign.json") in caught.value.message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda it: it["cell"].update(repeat=2), "belongs to epyc1/plain-1vm-r2"),
        (lambda it: it["cell"].update(backend="emulated"), "emulated"),
        (lambda it: it.update(campaign="other"), "of other"),
        (lambda it: it["phases"][0].update(status="done"), r"phases\[0\].status: passed or failed"),
        (lambda it: it["phases"][0].update(seconds="1"), r"phases\[0\].seconds: int or float"),
        (lambda it: it.update(files=[]), "files: dict"),
    ],
)
def test_a_malformed_or_misplaced_cell_is_named(
    tmp_path: Path,
    small: synthetic.Spec,
    change: Callable[[dict[str, Any]], object],
    message: str,
) -> None:
    home = synthetic.build(tmp_path, small)
    spoil(home / CELL, change)
    with pytest.raises(TestbedError, match=message) as caught:
        load(home)
    assert str(home / CELL) in caught.value.message


def test_what_is_no_campaign_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(TestbedError, match=r"no campaign\.json"):
        load(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_a_truncated_cell_is_named(tmp_path: Path, small: synthetic.Spec, text: str) -> None:
    home = synthetic.build(tmp_path, small)
    (home / CELL).write_text(text)
    with pytest.raises(TestbedError, match=r"cell\.json"):
        load(home)
