"""Noise: how much values vary, and the verdicts that it costs."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import fmean, stdev
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pyrunner.cli.report import report
from pyrunner.results.campaign import Gate, read_campaign
from pyrunner.results.noise import coefficient_of_variation, why_withheld
from pyrunner.results.report import build_report
from tests.builders import synthetic

if TYPE_CHECKING:
    from pathlib import Path


def test_the_coefficient_is_the_one_worked_out_by_hand() -> None:
    # Logs 0, 0.1, 0.2: standard deviation 0.1; sqrt(exp(0.01) - 1) = sqrt(0.010050167).
    values = [math.exp(log) for log in (0.0, 0.1, 0.2)]
    assert coefficient_of_variation(values) == pytest.approx(0.100250522, abs=1e-9)


def test_it_is_scipys_for_log_normal_values() -> None:
    values = [3.0, 3.3, 2.8, 3.1]
    spread = stdev(map(math.log, values))
    theirs = stats.lognorm(s=spread).std() / stats.lognorm(s=spread).mean()
    assert coefficient_of_variation(values) == pytest.approx(theirs, rel=1e-9)
    assert coefficient_of_variation(values) == pytest.approx(
        stdev(values) / fmean(values), rel=0.05
    )


@given(
    st.lists(st.floats(min_value=1e-3, max_value=1e6), min_size=2, max_size=9),
    st.floats(min_value=1e-3, max_value=1e3),
)
def test_neither_unit_nor_direction_matters(values: list[float], factor: float) -> None:
    found = coefficient_of_variation(values)
    assert found is not None
    scaled = coefficient_of_variation([factor * value for value in values])
    inverse = coefficient_of_variation([1 / value for value in values])
    assert scaled == pytest.approx(found, rel=1e-6, abs=1e-6)
    assert inverse == pytest.approx(found, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("values", [[], [3.0], [1.0, 0.0], [1.0, -1.0]])
def test_some_values_have_none(values: list[float]) -> None:
    assert coefficient_of_variation(values) is None


def test_a_withheld_verdict_says_who_is_noisy_and_what_is_left_to_do() -> None:
    gate, sides = Gate(0.05, 6), {"SVSM": [1.0, 1.01, 1.02], "plain": [1.0, 1.3, 1.0]}
    assert why_withheld(gate, 6, sides) == (
        "no verdict: plain varies by 15.2 % over 3 repeats, the most that are allowed; "
        "the noise gate lets 5 % pass"
    )
    assert "more are needed" in why_withheld(gate, 3, sides)
    assert why_withheld(Gate(0.2, 6), 6, sides) == ""
    assert why_withheld(Gate(0.0, 0), 6, sides) == ""


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campaign whose noise gate lets less pass than its cells vary."""
    spec = synthetic.hardware()
    spec.name, spec.repeats, spec.fleet_sizes, spec.passes = "noisy", 4, (1,), 1
    spec.failed = spec.unrun = frozenset()
    spec.gate = (0.02, 4)
    home = synthetic.build(tmp_path_factory.mktemp("noisy"), spec)
    assert build_report(home)
    return home


def test_noise_withholds_verdicts_on_page_and_in_junit_and_terminal(noisy: Path) -> None:
    page = (noisy / "report.html").read_text(encoding="utf-8")
    assert 'id="noise"' in page
    assert "The noise gate lets 2 % pass" in page
    assert "over 4 repeats, the most that are allowed" in page
    root = ET.fromstring((noisy / "junit.xml").read_bytes())  # noqa: S314 - our own file
    skipped = root.find("testsuite[@name='trust.epyc1']/testcase[@name='noise']/skipped")
    assert skipped is not None
    assert "are above it" in skipped.get("message", "")
    assert "testbed_max_repeats" in skipped.get("message", "")
    output = CliRunner().invoke(report, [str(noisy)]).output
    assert "Noise on epyc1: The noise gate lets 2 % pass" in output


def test_a_quiet_campaign_keeps_its_verdicts(everything: Path) -> None:
    page = (everything / "report.html").read_text(encoding="utf-8")
    assert "The noise gate is off" in page
    assert "no verdict: " not in page
    root = ET.fromstring((everything / "junit.xml").read_bytes())  # noqa: S314 - our own file
    told = root.find("testsuite[@name='trust.epyc1']/testcase[@name='noise']/system-out")
    assert told is not None


def test_a_withheld_verdict_keeps_estimate_and_interval(noisy: Path) -> None:
    from pyrunner.results.aggregate import aggregate  # noqa: PLC0415 - only here
    from pyrunner.results.findings import find  # noqa: PLC0415
    from pyrunner.results.load import load  # noqa: PLC0415
    from pyrunner.results.shown import shown  # noqa: PLC0415

    campaign, states = load(noisy)
    tally, _ = aggregate(noisy, campaign.name, states)
    (table, *_) = find(campaign, states, tally).tables
    open_table = find(replace(campaign, gate=Gate(0.0, 0)), states, tally).tables[0]
    withheld = 0
    for line, free in zip(table.lines, open_table.lines, strict=True):
        for entry, other in zip(line.entries, free.entries, strict=True):
            if not entry.estimate or not entry.estimate.withheld:
                assert entry == other
                continue
            withheld += 1
            assert other.estimate
            assert entry.estimate.verdict == "inconclusive"
            assert (entry.estimate.low, entry.estimate.high) == (
                other.estimate.low,
                other.estimate.high,
            )
            assert line.suite != "boot_timeline" or line.benchmark == "end_to_end"
    assert withheld
    assert any("no verdict" in note for note in shown(table).notes)


def test_a_plan_of_an_older_testbed_is_read(plain_only: Path) -> None:
    assert read_campaign(plain_only).gate == Gate(0.0, 0)
    assert not read_campaign(plain_only).is_self_check
