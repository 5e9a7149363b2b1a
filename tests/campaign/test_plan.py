"""Planning: what is asked becomes cells; a plan grows, but never mixes what cannot be compared."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from pyrunner.campaign import Planned, Request, load_campaign, plan_campaign
from pyrunner.errors import TestbedError, UsageError
from tests.campaign.demo import CANNOT, HAS, RUNS, host, planned, request

if TYPE_CHECKING:
    from pathlib import Path

KVM = {**RUNS, "backend": "kvm"}


def _plan(folder: Path, **changes: Any) -> Planned:  # noqa: ANN401 - any JSON
    """Plan the default request with changes."""
    return plan_campaign(folder, Request.from_dict(request(**changes)))


def _seal(folder: Path, cell_id: str = "plain-1vm-r1", name: str = "local") -> None:
    """Pretend that a cell is done."""
    cell = folder / "cells" / name / cell_id
    cell.mkdir(parents=True)
    (cell / "cell.json").write_text("{}")


def _ids(plan: Planned) -> list[str]:
    """Ids of the request's cells."""
    return [cell.id for cell in plan.cells]


def test_a_plan_has_cells_hosts_and_what_is_skipped(tmp_path: Path) -> None:
    plan = _plan(tmp_path / "demo", variants="all")
    data = json.loads((tmp_path / "demo" / "campaign.json").read_text())
    assert plan.changed
    assert data == plan.campaign.data
    assert [cell["id"] for cell in data["cells"]] == _ids(plan)
    assert _ids(plan) == ["plain-1vm-r1", "plain-2vm-r1", "plain-2vm-r2", "plain-1vm-r2"]
    assert data["suites"] == ["stress_ng"]
    assert data["hosts"]["local"]["facts"] == {"cpu": "x"}
    assert len(data["hosts"]["local"]["artifact_set"]) == 12
    assert [(s["variant"], s["fleet_size"], s["reason"]) for s in data["skipped"]] == [
        ("cvm", 1, "no SEV-SNP here"),
        ("cvm", 2, "no SEV-SNP here"),
        ("svsm", 1, "no SEV-SNP here"),
        ("svsm", 2, "no SEV-SNP here"),
    ]


def test_memory_that_is_free_at_the_moment_leaves_the_file_untouched(tmp_path: Path) -> None:
    roomy, less = ({"plain": {**RUNS, "max_fleet": most}, "svsm": CANNOT} for most in (18, 17))
    _plan(tmp_path, hosts={"local": host(variants=roomy)})
    assert not _plan(tmp_path, hosts={"local": host(variants=less)}).changed


@pytest.mark.parametrize(("check", "changed"), [("load.cpu", False), ("cpu.governor", True)])
def test_load_at_the_moment_leaves_the_file_untouched(
    tmp_path: Path, check: str, *, changed: bool
) -> None:
    looks = ([{"id": check, "title": "T", "status": status}] for status in ("ok", "warning"))
    plans = [_plan(tmp_path, hosts={"local": host(checks=seen)}) for seen in looks]
    assert plans[1].changed is changed


def test_another_reason_for_what_cannot_run_is_written(tmp_path: Path) -> None:
    before, now = ({"plain": RUNS, "svsm": {**CANNOT, "hint": hint}} for hint in ("a", "b"))
    _plan(tmp_path, hosts={"local": host(variants=before)})
    assert _plan(tmp_path, hosts={"local": host(variants=now)}).changed


def test_the_same_request_leaves_the_file_untouched(tmp_path: Path) -> None:
    _plan(tmp_path)
    before = (tmp_path / "campaign.json").stat()
    again = _plan(tmp_path, hosts={"local": host(facts={"cpu": "x", "load": 3})})
    after = (tmp_path / "campaign.json").stat()
    assert not again.changed
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize(
    ("changes", "added"),
    [
        ({"repeats": 3}, ["plain-1vm-r3", "plain-2vm-r3"]),
        ({"fleet_sizes": [1, 2, 4]}, ["plain-4vm-r1", "plain-4vm-r2"]),
        ({"hosts": {"other": host()}}, ["plain-1vm-r1", "plain-2vm-r1"] * 2),
    ],
)
def test_a_larger_request_extends_the_plan(
    tmp_path: Path, changes: dict[str, object], added: list[str]
) -> None:
    before = _plan(tmp_path).campaign.data["cells"]
    _seal(tmp_path)
    plan = _plan(tmp_path, **changes)
    assert plan.changed
    after = plan.campaign.data["cells"]
    assert [cell for cell in before if cell not in after] == []
    new = [cell["id"] for cell in after if cell not in before]
    assert len(new) == len(added)
    assert set(new) <= {*added, "plain-2vm-r2", "plain-1vm-r2"}


def test_a_smaller_request_keeps_the_plan_and_asks_for_its_part(tmp_path: Path) -> None:
    _plan(tmp_path)
    plan = _plan(tmp_path, fleet_sizes=[2], repeats=1)
    assert not plan.changed
    assert _ids(plan) == ["plain-2vm-r1"]
    assert len(plan.campaign.cells) == 4


def test_an_extension_adds_only_what_was_asked(tmp_path: Path) -> None:
    _plan(tmp_path)
    ready = host(variants={"plain": RUNS, "cvm": RUNS})
    plan = _plan(tmp_path, variants=["cvm"], fleet_sizes=[1], repeats=1, hosts={"local": ready})
    assert _ids(plan) == ["cvm-1vm-r1"]
    assert len(plan.campaign.cells) == 5


def test_a_variant_that_can_run_now_is_no_longer_skipped(tmp_path: Path) -> None:
    assert _plan(tmp_path, variants=["plain", "cvm"]).skipped
    _seal(tmp_path)
    ready = host(variants={"plain": RUNS, "cvm": RUNS})
    plan = _plan(tmp_path, variants=["plain", "cvm"], hosts={"local": ready})
    assert plan.campaign.data["skipped"] == []
    assert "cvm-2vm-r2" in _ids(plan)


def test_a_variant_that_cannot_run_any_more_keeps_its_results(tmp_path: Path) -> None:
    _plan(tmp_path)
    _seal(tmp_path)
    plan = _plan(tmp_path, hosts={"local": host(variants={"plain": CANNOT})})
    assert [cell.id for cell in plan.campaign.cells] == ["plain-1vm-r1"]
    assert [skip["fleet_size"] for skip in plan.campaign.data["skipped"]] == [1, 2]


def test_a_host_that_is_not_in_the_request_stays(tmp_path: Path) -> None:
    _plan(tmp_path, hosts={"local": host(), "gone": host()})
    plan = _plan(tmp_path)
    assert not plan.changed
    assert {cell.host for cell in plan.campaign.cells} == {"local", "gone"}
    assert {cell.host for cell in plan.cells} == {"local"}


BOTH = {"unixbench": HAS, "stress_ng": HAS}
OTHER_QEMU = {"qemu": {"key": "k2", "manifest": {}}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"profile": "full"}, "profile was quick, now full"),
        ({"suites": []}, "suites were stress_ng, now none"),
        (
            {"suites": ["unixbench"], "hosts": {"local": host(suites=BOTH)}},
            "suites were stress_ng, now unixbench",
        ),
        (
            {"hosts": {"local": host(variants={"plain": KVM})}},
            "host local: backend of plain was emulated, now kvm",
        ),
        (
            {"hosts": {"local": host(artifacts=OTHER_QEMU)}},
            r"host local: artifacts were \w{12}, now \w{12} \(qemu\)",
        ),
        ({"campaign": "demo2"}, "its folder is now asked for campaign demo2"),
    ],
)
def test_results_that_cannot_be_compared_are_not_mixed(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    _plan(tmp_path)
    _seal(tmp_path)
    before = (tmp_path / "campaign.json").read_text()
    with pytest.raises(UsageError, match=message) as refused:
        _plan(tmp_path, **changes)
    assert "campaign demo has 1 finished cells" in refused.value.message
    assert "--campaign" in refused.value.hint
    assert str(tmp_path) in refused.value.hint
    assert (tmp_path / "campaign.json").read_text() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"profile": "full"},
        {"hosts": {"local": host(variants={"plain": KVM})}},
        {"hosts": {"local": host(artifacts=OTHER_QEMU)}},
    ],
)
def test_without_results_the_plan_may_change(tmp_path: Path, changes: dict[str, object]) -> None:
    _plan(tmp_path)
    plan = _plan(tmp_path, **changes)
    assert plan.changed
    assert len(plan.campaign.cells) == 4


def test_another_hosts_artifacts_may_change(tmp_path: Path) -> None:
    both = {"local": host(), "other": host()}
    _plan(tmp_path, hosts=both)
    _seal(tmp_path)
    assert _plan(tmp_path, hosts={**both, "other": host(artifacts=OTHER_QEMU)}).changed


def test_the_best_suite_is_taken_and_the_other_explained(tmp_path: Path) -> None:
    notes = _plan(tmp_path).campaign.data["suite_notes"]
    assert notes == {
        "unixbench": {
            "available": False,
            "reason": "local: no source",
            "hint": "set unixbench_source_path",
        }
    }
    plan = _plan(tmp_path / "full", hosts={"local": host(suites=BOTH)})
    assert plan.campaign.data["suites"] == ["unixbench"]
    assert plan.campaign.data["suite_notes"] == {}


def test_automatic_choice_stays_with_the_suite_that_has_results(tmp_path: Path) -> None:
    _plan(tmp_path)
    _seal(tmp_path)
    plan = _plan(tmp_path, hosts={"local": host(suites=BOTH)})
    assert plan.campaign.data["suites"] == ["stress_ng"]


def test_why_a_suite_is_not_used_stays_when_nobody_asks_again(tmp_path: Path) -> None:
    first = _plan(tmp_path, suites="auto", hosts={"local": host(suites={"stress_ng": HAS})})
    again = _plan(tmp_path, suites=["stress_ng"], hosts={"local": host(suites={"stress_ng": HAS})})
    assert not again.changed
    assert again.campaign.data["suite_notes"] == first.campaign.data["suite_notes"]
    assert "unixbench" in again.campaign.data["suite_notes"]


def test_a_suite_that_was_asked_for_and_cannot_run_is_explained(tmp_path: Path) -> None:
    data = _plan(tmp_path, suites=["unixbench", "stress_ng"]).campaign.data
    assert data["suites"] == ["stress_ng"]
    assert list(data["suite_notes"]) == ["unixbench"]


def test_if_no_suite_can_run_the_reason_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no benchmark suite can run: unixbench: local: no"):
        _plan(tmp_path, suites=["unixbench"])
    assert not (tmp_path / "campaign.json").exists()


def test_a_host_that_runs_nothing_does_not_decide_on_suites(tmp_path: Path) -> None:
    idle = host(variants={"plain": CANNOT}, suites={})
    plan = _plan(tmp_path, hosts={"local": host(), "idle": idle})
    assert plan.campaign.data["suites"] == ["stress_ng"]


def test_a_fleet_that_does_not_fit_is_skipped(tmp_path: Path) -> None:
    small = {**RUNS, "max_fleet": 1, "hint": "add memory"}
    plan = _plan(tmp_path, hosts={"local": host(variants={"plain": small})})
    assert _ids(plan) == ["plain-1vm-r1", "plain-1vm-r2"]
    assert plan.skipped == [
        {
            "host": "local",
            "variant": "plain",
            "fleet_size": 2,
            "reason": "at most 1 VMs fit: the host is too small for this fleet",
            "hint": "add memory",
        }
    ]


def test_nothing_runs_on_a_host_with_an_error(tmp_path: Path) -> None:
    broken = host(
        checks=[{"id": "disk", "title": "Disk", "status": "error", "detail": "full", "hint": "rm"}]
    )
    plan = _plan(tmp_path, hosts={"local": broken})
    assert plan.cells == []
    assert {(skip["reason"], skip["hint"]) for skip in plan.skipped} == {("Disk: full", "rm")}


LOST = host(
    checks=[{"id": "host.reachable", "title": "Host", "status": "error", "detail": "no route"}],
    variants={"plain": {**CANNOT, "reason": "no route"}},
    artifacts={},
    suites={},
    facts={},
)


def test_a_host_that_is_lost_keeps_its_results_and_its_due_cells(tmp_path: Path) -> None:
    both = {"local": host(), "far": host()}
    _plan(tmp_path, hosts=both)
    _seal(tmp_path, name="far")
    plan = _plan(tmp_path, hosts={**both, "far": LOST})
    assert {cell.host for cell in plan.cells} == {"local"}
    assert [(c.host, c.id, why) for c, why, _ in plan.blocked] == [
        ("far", "plain-2vm-r1", "Host: no route"),
        ("far", "plain-2vm-r2", "Host: no route"),
        ("far", "plain-1vm-r2", "Host: no route"),
    ]
    assert plan.skipped == []
    far = plan.campaign.data["hosts"]["far"]
    assert far["checks"][0]["detail"] == "no route"
    assert far["facts"] == {"cpu": "x"}
    assert list(far["artifacts"]) == ["qemu"]
    back = _plan(tmp_path, hosts=both)
    assert len(back.cells) == 8
    assert back.blocked == []
    assert back.campaign.data["hosts"]["far"]["checks"][0]["id"] == "cpu.sev_snp"


def test_a_host_that_was_never_seen_is_skipped_with_the_reason(tmp_path: Path) -> None:
    plan = _plan(tmp_path, hosts={"local": host(), "far": LOST})
    assert [(s["host"], s["fleet_size"]) for s in plan.skipped] == [("far", 1), ("far", 2)]
    assert plan.blocked == []
    assert plan.campaign.data["suites"] == ["stress_ng"]


def test_a_host_that_is_still_out_changes_nothing(tmp_path: Path) -> None:
    def without(check: str, detail: str) -> Planned:
        seen = {"id": check, "title": "Host", "status": "error", "detail": detail}
        return _plan(tmp_path, hosts={"local": host(), "far": {**LOST, "checks": [seen]}})

    without("host.reachable", "timed out")
    again = without("host.reachable", "broken pipe")
    assert not again.changed
    assert {skip["reason"] for skip in again.skipped} == {"Host: timed out"}
    assert {skip["reason"] for skip in without("disk", "full").skipped} == {"Host: full"}


def test_what_is_told_as_skipped_is_what_was_asked(tmp_path: Path) -> None:
    _plan(tmp_path, variants="all")
    assert _plan(tmp_path, variants=["plain"]).skipped == []
    assert [s["variant"] for s in _plan(tmp_path, variants=["cvm"]).skipped] == ["cvm", "cvm"]


def test_a_kill_while_writing_leaves_the_old_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _plan(tmp_path)
    before = (tmp_path / "campaign.json").read_text()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        _plan(tmp_path, repeats=5)
    monkeypatch.undo()
    assert (tmp_path / "campaign.json").read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["campaign.json"]
    assert _plan(tmp_path, repeats=5).changed


def test_a_damaged_plan_is_named(tmp_path: Path) -> None:
    (tmp_path / "campaign.json").write_text('{"schema": 1, "campaign"')
    with pytest.raises(TestbedError, match=r"campaign.json: not JSON"):
        _plan(tmp_path)


def test_a_plan_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "campaign.json").write_text('{"schema": 99}')
    with pytest.raises(UsageError, match="schema 99 is not 1"):
        _plan(tmp_path)


def test_a_folder_without_a_plan_is_no_campaign(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is it a campaign's folder"):
        load_campaign(tmp_path)


def test_an_unknown_cell_is_refused(tmp_path: Path) -> None:
    campaign = planned(tmp_path)
    with pytest.raises(UsageError, match=r"no cell plain-9vm-r1 on host local .*plan it first"):
        campaign.cell("local", "plain-9vm-r1")
    with pytest.raises(UsageError, match="a cell is named like plain-8vm-r2"):
        campaign.cell("local", "../../etc")
