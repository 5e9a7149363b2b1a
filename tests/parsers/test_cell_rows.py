"""A raw folder as a whole: all VMs, nothing altered, rows of VMs and of the fleet."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from pyrunner.errors import TestbedError
from pyrunner.model import Cell
from pyrunner.parsers.cell import Parsed, parse_cell
from pyrunner.parsers.context import CellContext
from pyrunner.parsers.raw import fleet_of
from pyrunner.parsers.value import Value, fleet_values, jain
from tests.parsers.raw_factory import STRESSORS, write_raw

if TYPE_CHECKING:
    from pathlib import Path

CELL = Cell("epyc", "plain", 3, 2, "emulated")
CONTEXT = CellContext(CELL, "demo", ("stress_ng",), "0123456789ab", "2026-01-02T03:04:05Z")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """The raw folder of a sound cell of three VMs."""
    return write_raw(tmp_path / "raw", size=3)


def _parsed(raw: Path, context: CellContext = CONTEXT) -> Parsed:
    """Parse the raw folder as that of the cell."""
    return parse_cell(fleet_of(raw, CELL), context)


def _edit(path: Path, **changes: Any) -> None:  # noqa: ANN401 - any JSON
    """Change keys of a JSON file; None removes them."""
    data = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({key: value for key, value in data.items() if value is not None}))


def _edit_vm(raw: Path, vm: str, **changes: Any) -> None:  # noqa: ANN401 - any JSON
    """Change what stress_ng.json says of one VM."""
    vms = json.loads((raw / "stress_ng.json").read_text())["vms"]
    _edit(raw / "stress_ng.json", vms={**vms, vm: {**vms[vm], **changes}})


def test_every_vm_and_the_fleet_have_their_rows(raw: Path) -> None:
    rows = _parsed(raw).observations
    scores = {(r.vm, r.benchmark): r.value for r in rows if r.metric == "score"}
    assert scores == pytest.approx(
        {(f"vm{n}", stressor): 200.0 * n for n in (1, 2, 3) for stressor in STRESSORS}
    )
    fleet = {(r.benchmark, r.metric): (r.value, r.unit) for r in rows if r.vm == "all"}
    assert set(fleet) == {
        ("start", "skew"),
        ("barrier", "skew"),
        *((s, m) for s in STRESSORS for m in ("aggregate", "fairness")),
    }
    assert fleet["barrier", "skew"] == (0.125, "s")
    assert fleet["start", "skew"] == (0.25, "s")
    assert fleet["fork", "aggregate"][0] == pytest.approx(1200.0)
    assert fleet["fork", "fairness"][0] == pytest.approx(36 / 42)
    assert fleet["fork", "aggregate"][1] == "bogo_ops/s"


def test_rows_carry_what_they_belong_to(raw: Path) -> None:
    parsed = _parsed(raw)
    for row in parsed.observations:
        assert (row.campaign, row.host, row.variant, row.backend) == (
            "demo",
            "epyc",
            "plain",
            "emulated",
        )
        assert (row.fleet_size, row.repeat, row.artifact_set) == (3, 2, "0123456789ab")
        lower = row.metric in ("duration", "skew")
        assert row.higher_is_better is not lower
    assert len(parsed.boot_events) == 3 * 7
    assert {event.vm for event in parsed.boot_events} == {"vm1", "vm2", "vm3"}


def test_boot_phases_are_rows_too(raw: Path) -> None:
    observations = _parsed(raw).observations
    rows = [r for r in observations if (r.suite, r.metric) == ("boot_timeline", "duration")]
    assert len(rows) == 3 * 7
    ends = [row.value for row in rows if row.benchmark == "end_to_end"]
    assert ends == [8.125] * 3
    assert {(row.metric, row.unit) for row in rows} == {("duration", "s")}


def test_a_cell_without_suites_has_its_boot_alone(raw: Path) -> None:
    (raw / "stress_ng.json").unlink()
    context = CellContext(CELL, "demo", (), "0123456789ab", "2026-01-02T03:04:05Z")
    assert {row.suite for row in _parsed(raw, context).observations} == {"boot_timeline"}


def _refused(raw: Path, message: str) -> None:
    """The raw folder is refused with this message."""
    with pytest.raises(TestbedError, match=message):
        _parsed(raw)


def test_a_missing_vm_is_named(raw: Path) -> None:
    shutil.rmtree(raw / "vm2")
    _refused(raw, r"raw: of a fleet of 3: vm2 missing")


def test_a_vm_that_the_fleet_does_not_list_is_named(raw: Path) -> None:
    vms = json.loads((raw / "fleet.json").read_text())["vms"]
    _edit(raw / "fleet.json", vms=vms[:2])
    _refused(raw, r"fleet.json: of a fleet of 3: vm3 missing")


def test_a_vm_listed_twice_is_named(raw: Path) -> None:
    vms = json.loads((raw / "fleet.json").read_text())["vms"]
    _edit(raw / "fleet.json", vms=[*vms, vms[0]])
    _refused(raw, r"fleet.json: of a fleet of 3: vm1 twice there")


def test_a_vm_too_many_is_named(raw: Path) -> None:
    vms = json.loads((raw / "fleet.json").read_text())["vms"]
    _edit(raw / "fleet.json", vms=[*vms, {"name": "vm4"}])
    _refused(raw, r"fleet.json: of a fleet of 3: vm4 not of this fleet")


@pytest.mark.parametrize("vms", [None, {}, ["vm1"]])
def test_a_fleet_without_a_list_of_vms_is_refused(raw: Path, vms: object) -> None:
    _edit(raw / "fleet.json", vms=vms)
    _refused(raw, r"fleet.json: vms is")


def test_another_accelerator_than_planned_is_refused(raw: Path) -> None:
    _edit(raw / "fleet.json", accelerator="kvm")
    _refused(raw, r"ran with 'kvm', but backend emulated means 'tcg'")


def test_an_altered_file_is_named(raw: Path) -> None:
    path = raw / "vm3" / "stress_ng" / "fork-1.yaml"
    path.write_text(path.read_text().replace("300.0", "900.0"))
    _refused(raw, r"vm3: stress_ng: fork-1.yaml is not as the guest left it")


def test_a_truncated_file_is_named(raw: Path) -> None:
    path = raw / "vm1" / "stress_ng" / "pipe-2.yaml"
    path.write_bytes(path.read_bytes()[:-20])
    _refused(raw, r"vm1: stress_ng: pipe-2.yaml is not as the guest left it")


def test_a_file_that_was_not_collected_is_named(raw: Path) -> None:
    (raw / "vm2" / "stress_ng" / "pipe-1.yaml").unlink()
    _refused(raw, r"vm2: stress_ng: pipe-1.yaml is missing")


def test_a_file_outside_its_folder_is_refused(raw: Path) -> None:
    _edit_vm(raw, "vm1", files={"../../fleet.json": "00"})
    _refused(raw, r"'../../fleet.json' lies outside")


def test_a_file_without_digest_is_not_believed(raw: Path) -> None:
    files = json.loads((raw / "stress_ng.json").read_text())["vms"]["vm1"]["files"]
    del files["fork-2.yaml"]
    _edit_vm(raw, "vm1", files=files)
    _refused(raw, r"vm1: stress_ng: fork-2.yaml is missing")


@pytest.mark.parametrize("status", [1, None, "0", 137])
def test_a_suite_that_failed_in_a_vm_is_refused(raw: Path, status: object) -> None:
    _edit_vm(raw, "vm2", exit=status)
    _refused(raw, rf"vm2: stress_ng: the suite ended with status {status!r}")


def test_a_vm_without_a_suite_is_named(raw: Path) -> None:
    vms = json.loads((raw / "stress_ng.json").read_text())["vms"]
    del vms["vm3"]
    _edit(raw / "stress_ng.json", vms=vms)
    _refused(raw, r"stress_ng.json: of a fleet of 3: vm3 missing")


def test_a_suite_without_its_record_is_named(raw: Path) -> None:
    (raw / "stress_ng.json").unlink()
    _refused(raw, r"raw/stress_ng.json: No such file")


def test_the_record_of_another_suite_is_refused(raw: Path) -> None:
    _edit(raw / "stress_ng.json", suite="unixbench")
    _refused(raw, r"stress_ng.json: is about suite 'unixbench'")


def test_how_far_apart_the_answers_came_is_a_value_of_its_own(raw: Path) -> None:
    for number, vm in enumerate(("vm1", "vm2", "vm3")):
        _edit_vm(raw, vm, started=2000.25 + 0.125 * number)
    rows = _parsed(raw).observations
    assert [row.value for row in rows if row.benchmark == "first_line"] == [0.25]
    _edit_vm(raw, "vm3", started=0.0)
    _refused(raw, r"stress_ng.json: vm3 never said that it starts")


def test_a_start_before_the_barrier_is_refused(raw: Path) -> None:
    _edit_vm(raw, "vm2", go=1000.0)
    _refused(raw, r"stress_ng.json: vm2 started before the barrier opened")


def test_a_start_that_is_no_time_is_refused(raw: Path) -> None:
    _edit_vm(raw, "vm2", go=None)
    _refused(raw, r"stress_ng.json, vm2: go is None, not a number")


def test_an_unknown_suite_is_refused(raw: Path) -> None:
    context = CellContext(CELL, "demo", ("lmbench",), "0123456789ab", "2026-01-02T03:04:05Z")
    with pytest.raises(TestbedError, match="no parser for suite lmbench"):
        _parsed(raw, context)


def test_vms_must_run_the_same() -> None:
    by_vm = {
        "vm1": [Value("fork", "score", "bogo_ops/s", 1.0)],
        "vm2": [Value("fork", "score", "lps", 1.0)],
    }
    with pytest.raises(TestbedError, match="vm2 has scores"):
        list(fleet_values("x", by_vm))


@pytest.mark.parametrize(
    ("values", "fairness"), [([5.0], 1.0), ([2.0] * 8, 1.0), ([1.0, 0.0, 0.0, 0.0], 0.25)]
)
def test_fairness(values: list[float], fairness: float) -> None:
    assert jain(values) == pytest.approx(fairness)
