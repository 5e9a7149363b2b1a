"""What SVSMs vouched for, in JUnit, on the page and in tables."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from pyrunner.errors import TestbedError
from pyrunner.results.aggregate import aggregate
from pyrunner.results.findings import Findings
from pyrunner.results.junit import junit
from pyrunner.results.labels import benchmark_title
from pyrunner.results.load import load
from pyrunner.results.speeds import Speed, speeds
from pyrunner.results.vouched import left_out_sizes, vouched_rows
from tests.builders import measured, synthetic

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def campaign(tmp_path: Path, small: synthetic.Spec) -> Path:
    """A small campaign on hardware, whose VMs' memory was measured."""
    return measured.add_measurements(synthetic.build(tmp_path, small))


def cases(home: Path) -> dict[str, dict[str, ET.Element]]:
    """JUnit's cases by suite and name."""
    root = ET.fromstring(junit(*load(home), Findings()))  # noqa: S314 - our own
    return {
        suite.get("name", ""): {case.get("name", ""): case for case in suite.iter("testcase")}
        for suite in root
    }


def test_every_thing_of_every_vm_is_a_case(campaign: Path) -> None:
    found = cases(campaign)
    names = [name for name in found["epyc1.svsm-2vm-r1"] if ": " in name]
    assert names == [f"vm{n}: {name}" for n in (1, 2) for name, _ in measured.THINGS]
    said = found["epyc1.plain-1vm-r1"]["vm1: no SVSM"].find("system-out")
    assert said is not None
    assert said.text == measured.NO_SVSM


def test_what_was_not_measured_is_a_skipped_case(tmp_path: Path, small: synthetic.Spec) -> None:
    home = measured.add_measurements(synthetic.build(tmp_path, small), firmware=False)
    skipped = cases(home)["epyc1.svsm-1vm-r1"]["vm1: firmware"].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "it measured nothing"


def test_what_failed_is_a_failed_case_that_names_cell_and_vm(
    tmp_path: Path, small: synthetic.Spec
) -> None:
    small.failed = frozenset({"svsm-2vm-r1"})
    home = synthetic.build(tmp_path, small)
    wrong = measured.thing("kernel-text", 9, status="failed", said="it changed in between")
    told = {"schema": 1, "vms": [{"vm": "vm2", "status": "failed", "things": [wrong]}]}
    (home / "cells" / "epyc1" / "svsm-2vm-r1" / "measurement.json").write_text(json.dumps(told))
    failure = cases(home)["epyc1.svsm-2vm-r1"]["vm2: kernel-text"].find("failure")
    assert failure is not None
    assert failure.get("message") == ("epyc1/svsm-2vm-r1: vm2: kernel-text: it changed in between")


def test_rows_count_vms_and_tell_digests_that_differ_from_boot_to_boot(campaign: Path) -> None:
    _, states = load(campaign)
    rows = {(row.variant, row.thing): row for row in vouched_rows(states)}
    assert list(rows)[:3] == [("plain", "no SVSM"), ("CVM", "no SVSM"), ("SVSM", "evidence")]
    boots = 2 * (1 + 2)
    assert {row.verified for row in rows.values()} == {boots}
    assert len(rows["SVSM", "kernel-text"].digests) == boots
    assert len(rows["SVSM", "firmware:kernel"].digests) == 1
    assert rows["SVSM", "firmware:kernel"].bytes.split() == ["12", "582", "912"]
    assert rows["plain", "no SVSM"].bytes == ""
    assert left_out_sizes(states) == ["256MiB"]


def test_a_measurement_that_was_altered_is_refused(campaign: Path) -> None:
    path = next(campaign.glob("cells/*/svsm-1vm-r1/measurement.json"))
    path.write_text(path.read_text().replace("kernel-text", "kernel-txet"))
    with pytest.raises(TestbedError, match=r"measurement\.json: its sha256 is not the one"):
        vouched_rows(load(campaign)[1])


def measured_speeds(home: Path) -> list[Speed]:
    """Speeds of a campaign."""
    campaign, states = load(home)
    tally, _ = aggregate(home, campaign.name, states)
    return speeds(tally)


def test_speeds_are_means_per_vm_with_an_interval_over_repeats(campaign: Path) -> None:
    found = measured_speeds(campaign)
    assert [(each.fleet_size, each.title.split()) for each in found[:2]] == [
        (1, ["4", "KiB"]),
        (1, ["64", "KiB"]),
    ]
    assert [each.size for each in found] == [*measured.SIZES.values()] * 2
    for each in found:
        times = each.guest / each.svsm
        assert math.exp(-(each.estimate.log_advantage or 0)) == pytest.approx(times, rel=0.02)
        low, high = (float(end.replace("\u202f", "")) for end in each.interval.split(" to "))
        assert low < times < high
        assert each.seconds == pytest.approx(each.size / each.svsm, rel=0.02)
    assert found[3].calls == 64


def test_one_repeat_has_no_interval(tmp_path: Path, small: synthetic.Spec) -> None:
    small.repeats = 1
    home = measured.add_measurements(synthetic.build(tmp_path, small))
    assert {each.interval for each in measured_speeds(home)} == {""}


def test_a_campaign_that_did_not_measure_has_neither_rows_nor_speeds(
    tmp_path: Path, small: synthetic.Spec
) -> None:
    home = synthetic.build(tmp_path, small)
    assert vouched_rows(load(home)[1]) == []
    assert measured_speeds(home) == []


def test_the_page_tells_of_it_where_it_was_measured(
    measured_campaign: Path, plain_only: Path
) -> None:
    page = (measured_campaign / "report.html").read_text(encoding="utf-8")
    assert '<h2 id="vouched">' in page
    assert '<a href="#vouched">' in page
    assert "less than four times as much: 256MiB" in page
    assert "EMULATED" in page[page.index('id="vouched"') : page.index('id="compared"')]
    assert 'id="vouched"' not in (plain_only / "report.html").read_text(encoding="utf-8")


def test_benchmarks_of_it_have_titles() -> None:
    assert benchmark_title("measurement", "64KiB").split() == ["64", "KiB,", "by", "the", "SVSM"]
    assert benchmark_title("measurement", "1MiB:sha512").endswith("SHA-512 in the guest")
