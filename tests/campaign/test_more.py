"""The noise gate: more repeats where values vary too much, for no other reason, and not forever."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from pyrunner.campaign import Request, load_campaign, plan_campaign
from pyrunner.campaign.more import more_repeats
from pyrunner.cli.data import data
from pyrunner.errors import UsageError
from tests.builders.cells import break_cell, measure
from tests.campaign.demo import RUNS, host, request

if TYPE_CHECKING:
    from pathlib import Path

    from pyrunner.campaign import Planned
    from pyrunner.model import Cell

BOTH = host(variants={"plain": RUNS, "cvm": RUNS})
ALL = host(variants={"plain": RUNS, "cvm": RUNS, "svsm": RUNS})
GATE: dict[str, Any] = {"noise_threshold": 0.05, "max_repeats": 6, "fleet_sizes": [1]}
PLAIN = {**GATE, "variants": ["plain"]}
TWO = {**GATE, "variants": ["plain", "cvm"], "hosts": {"local": BOTH}}


def _plan(folder: Path, **changes: Any) -> Planned:  # noqa: ANN401 - any JSON
    return plan_campaign(folder, Request.from_dict(request(**changes)))


def _run(folder: Path, noisy: str = "plain", spread: float = 0.2, **fixed: float) -> None:
    """Run every cell that is planned; one variant's values alternate."""
    campaign = load_campaign(folder)
    for cell in campaign.cells:
        if not campaign.cell_folder(cell.host, cell.id).exists():
            factor = 1 + spread * (cell.repeat % 2) if cell.variant == noisy else 1.0
            measure(campaign, cell, {"fork": 100.0 * factor, **fixed})


def _ids(cells: list[Cell]) -> list[str]:
    return [cell.id for cell in cells]


def test_a_quiet_campaign_gets_no_more(tmp_path: Path) -> None:
    _plan(tmp_path, **TWO)
    _run(tmp_path, spread=0.04)
    before = (tmp_path / "campaign.json").stat().st_mtime_ns
    planned, noisy = more_repeats(tmp_path)
    assert (planned.changed, planned.cells, noisy) == (False, [], [])
    assert (tmp_path / "campaign.json").stat().st_mtime_ns == before


def test_a_noisy_benchmark_gets_a_round_of_all_variants(tmp_path: Path) -> None:
    _plan(tmp_path, **TWO)
    _run(tmp_path)
    planned, noisy = more_repeats(tmp_path)
    assert planned.changed
    added = ["cvm-1vm-r3", "plain-1vm-r3", "plain-1vm-r4", "cvm-1vm-r4"]
    assert _ids(planned.cells) == added
    # Logs 0 and ln 1.2: standard deviation 0.182322/sqrt 2 = 0.128921; sqrt(exp(s²) - 1).
    assert noisy == [
        {
            "host": "local",
            "fleet_size": 1,
            "variant": "plain",
            "suite": "stress_ng",
            "benchmark": "fork",
            "variation": 0.1295,
            "repeats": 2,
            "added": 2,
        }
    ]


def test_an_uneven_number_of_repeats_is_brought_to_whole_rounds(tmp_path: Path) -> None:
    _plan(tmp_path, **{**TWO, "variants": "all", "hosts": {"local": ALL}, "repeats": 4})
    _run(tmp_path)
    planned, _ = more_repeats(tmp_path)
    assert {cell.repeat for cell in planned.cells} == {5, 6}
    assert {cell.variant for cell in planned.cells} == {"plain", "cvm", "svsm"}


def test_it_ends_at_the_limit_and_says_what_is_noisy_still(tmp_path: Path) -> None:
    _plan(tmp_path, **PLAIN)
    rounds = 0
    _run(tmp_path)
    while more_repeats(tmp_path)[0].changed:
        _run(tmp_path)
        rounds += 1
    assert rounds == 2
    assert load_campaign(tmp_path).cells[-1].repeat == 6
    assert [each["added"] for each in more_repeats(tmp_path)[1]] == [0]


def test_more_than_the_limit_were_asked_for(tmp_path: Path) -> None:
    _plan(tmp_path, **{**PLAIN, "repeats": 7})
    _run(tmp_path)
    assert not more_repeats(tmp_path)[0].changed


def test_nothing_is_added_twice_or_while_cells_are_due(tmp_path: Path) -> None:
    _plan(tmp_path, **PLAIN)
    assert not more_repeats(tmp_path)[0].changed
    _run(tmp_path)
    assert more_repeats(tmp_path)[0].changed
    planned, noisy = more_repeats(tmp_path)
    assert (planned.changed, planned.cells, noisy) == (False, [], [])


def test_the_gate_is_off_unless_it_is_asked_for(tmp_path: Path) -> None:
    for number, (key, off) in enumerate(
        (("noise_threshold", 0), ("max_repeats", 0), ("max_repeats", None))
    ):
        folder = tmp_path / str(number)
        _plan(folder, **{**PLAIN, key: off})
        _run(folder)
        assert not more_repeats(folder)[0].changed


def test_a_campaign_of_an_older_testbed_has_no_gate(tmp_path: Path) -> None:
    _plan(tmp_path, **PLAIN)
    _run(tmp_path)
    old = json.loads((tmp_path / "campaign.json").read_text())
    del old["noise"], old["purpose"]
    (tmp_path / "campaign.json").write_text(json.dumps(old))
    assert not more_repeats(tmp_path)[0].changed
    assert _plan(tmp_path, **PLAIN).changed
    assert more_repeats(tmp_path)[0].changed


def test_only_the_noisy_fleet_is_repeated(tmp_path: Path) -> None:
    both = {"local": host(), "other": host()}
    campaign = _plan(tmp_path, **{**PLAIN, "fleet_sizes": [1, 2], "hosts": both}).campaign
    for cell in campaign.cells:
        loud = (cell.host, cell.fleet_size) == ("other", 2)
        measure(campaign, cell, {"fork": 100.0 + 30.0 * (cell.repeat if loud else 0)})
    assert more_repeats(tmp_path, "local")[0].cells == []
    planned, _ = more_repeats(tmp_path)
    assert {(cell.host, cell.fleet_size) for cell in planned.cells} == {("other", 2)}


def test_of_the_boot_only_the_whole_counts(tmp_path: Path) -> None:
    campaign = _plan(tmp_path, **PLAIN).campaign
    for cell in campaign.cells:
        measure(campaign, cell, {"boot:ssh": 0.01 * cell.repeat, "boot:end_to_end": 8.0})
    assert not more_repeats(tmp_path)[0].changed


def test_what_only_one_variant_measures_is_not_compared(tmp_path: Path) -> None:
    campaign = _plan(tmp_path, **TWO).campaign
    for cell in campaign.cells:
        alone = {"fork": 100.0 * cell.repeat} if cell.variant == "cvm" else {}
        measure(campaign, cell, {"exec": 100.0, **alone})
    assert not more_repeats(tmp_path)[0].changed


def test_a_variant_that_failed_is_not_repeated_until_it_is_mended(tmp_path: Path) -> None:
    variants = {"variants": "all", "hosts": {"local": ALL}}
    campaign = _plan(tmp_path, **{**TWO, **variants}).campaign
    break_cell(campaign, campaign.cell("local", "svsm-1vm-r2"))
    _run(tmp_path)
    planned, _ = more_repeats(tmp_path)
    assert {cell.variant for cell in planned.cells} == {"plain", "cvm"}
    again = _plan(tmp_path, **{**TWO, **variants})
    assert not {f"svsm-1vm-r{n}" for n in range(1, 4)} - set(_ids(again.cells))


def test_where_all_failed_nothing_is_added(tmp_path: Path) -> None:
    campaign = _plan(tmp_path, **PLAIN).campaign
    for cell in campaign.cells:
        break_cell(campaign, cell)
    assert not more_repeats(tmp_path)[0].changed


def test_a_host_that_is_out_gets_nothing(tmp_path: Path) -> None:
    _plan(tmp_path, **PLAIN)
    _run(tmp_path)
    gone = [{"id": "x", "title": "Host", "status": "error", "detail": "no route"}]
    _plan(tmp_path, **{**PLAIN, "hosts": {"local": host(checks=gone)}})
    assert not more_repeats(tmp_path)[0].changed


def test_the_same_request_goes_on_with_what_was_added(tmp_path: Path) -> None:
    first = _plan(tmp_path, **PLAIN)
    _run(tmp_path)
    added = more_repeats(tmp_path)[0].cells
    before = (tmp_path / "campaign.json").read_text()
    again = _plan(tmp_path, **PLAIN)
    assert not again.changed
    assert _ids(again.cells) == _ids([*first.cells, *added])
    assert (tmp_path / "campaign.json").read_text() == before


def test_a_host_that_is_lost_blocks_what_was_added(tmp_path: Path) -> None:
    _plan(tmp_path, **PLAIN)
    _run(tmp_path)
    added = more_repeats(tmp_path)[0].cells
    gone = [{"id": "x", "title": "Host", "status": "error", "detail": "no route"}]
    again = _plan(tmp_path, **{**PLAIN, "hosts": {"local": host(checks=gone)}})
    assert [cell for cell, _, _ in again.blocked] == added
    assert set(added) <= set(again.campaign.cells)


@pytest.mark.parametrize(
    ("changes", "repeats"),
    [
        ({"repeats": 1}, {1}),
        ({"noise_threshold": 0}, {1, 2}),
        ({"repeats": 5}, {1, 2, 3, 4, 5}),
        ({}, {1, 2, 3, 4}),
    ],
)
def test_another_request_asks_for_its_part_and_drops_nothing(
    tmp_path: Path, changes: dict[str, Any], repeats: set[int]
) -> None:
    _plan(tmp_path, **PLAIN)
    _run(tmp_path)
    added = more_repeats(tmp_path)[0].cells
    again = _plan(tmp_path, **{**PLAIN, **changes})
    assert {cell.repeat for cell in again.cells} == repeats
    assert set(added) <= set(again.campaign.cells)


def test_a_variant_that_joins_gets_as_many_repeats(tmp_path: Path) -> None:
    _plan(tmp_path, **{**TWO, "variants": ["plain"]})
    _run(tmp_path)
    more_repeats(tmp_path)
    joined = _plan(tmp_path, **TWO)
    repeats = {v: {c.repeat for c in joined.cells if c.variant == v} for v in ("plain", "cvm")}
    assert repeats["plain"] == repeats["cvm"] == {1, 2, 3, 4}


def test_the_command_prints_what_plan_prints(tmp_path: Path) -> None:
    asked = json.dumps(request(**PLAIN))
    args = ["--campaign-dir", str(tmp_path)]
    plan = CliRunner().invoke(data, ["plan", *args, "--request", "-"], input=asked).stdout
    _run(tmp_path)
    told = json.loads(CliRunner().invoke(data, ["more", *args]).stdout.splitlines()[-1])
    noise = told.pop("noise")
    assert told.keys() == json.loads(plan.splitlines()[-1]).keys()
    assert told["changed"]
    assert [(cell["id"], cell["done"]) for cell in told["cells"]] == [
        ("plain-1vm-r3", False),
        ("plain-1vm-r4", False),
    ]
    assert noise[0]["added"] == 2
    nobody = CliRunner().invoke(data, ["more", *args, "--host", "none"])
    assert not json.loads(nobody.stdout.splitlines()[-1])["changed"]


def test_hosts_that_ask_at_once_lose_nothing(tmp_path: Path) -> None:
    names = [f"host{number}" for number in range(3)]
    _plan(tmp_path, **{**PLAIN, "hosts": {name: host() for name in names}})
    _run(tmp_path)
    command = [sys.executable, "-m", "pyrunner.cli.data", "more", "--campaign-dir", str(tmp_path)]
    asking = [
        subprocess.Popen([*command, "--host", name], stdout=subprocess.DEVNULL) for name in names
    ]
    assert [each.wait() for each in asking] == [0] * 3
    assert len(load_campaign(tmp_path).cells) == 3 * 4


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"noise_threshold": 5}, "noise_threshold: 5 is not a number from 0 to below 1"),
        ({"noise_threshold": "much"}, "noise_threshold: 'much' is not a number"),
        ({"max_repeats": -1}, "max_repeats: -1 is not a whole number"),
        ({"purpose": "fun"}, "purpose: unknown 'fun'"),
    ],
)
def test_wrong_settings_are_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Request.from_dict(request(**{**PLAIN, **changes}))
