"""The self-check: arms of equal repeats, false alarms, and when they are too many."""

from __future__ import annotations

import itertools
import math
import random
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from scipy import stats

from pyrunner.cli.report import report
from pyrunner.results.report import build_report, read_summary
from pyrunner.results.self_check import Fleet, SelfCheck, draw_arms, self_checks
from pyrunner.results.self_check_shown import verdict
from pyrunner.results.splits import MOST_SPLITS, Splits, all_splits
from pyrunner.results.stats import Estimate, compare
from pyrunner.results.tally import Measure, Series, Tally
from tests.builders import synthetic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

BENCHMARKS = tuple("abcdefghi")


def tally_of(
    values: Mapping[str, Sequence[float]], size: int = 1, into: Tally | None = None
) -> Tally:
    """A tally with one plain fleet: benchmark -> a value a repeat."""
    tally = into or Tally()
    for name, repeats in values.items():
        series = Series("here", "emulated", "plain", size, "stress_ng", name, "score")
        tally.repeats[series] = dict(enumerate(repeats, 1))
        tally.measures["stress_ng", name, "score"] = Measure("1/s", higher_is_better=True)
    return tally


def check_of(tally: Tally, name: str = "demo") -> SelfCheck:
    """The self-check of the only host."""
    (check,) = self_checks(tally, name)
    return check


def test_splits_of_three_pairs_are_those_worked_out_by_hand() -> None:
    # Benchmark 1: differences 1.0, 1.1, 0.9. All signs equal: mean 1, s 0.1, t = 17.32 > 4.303: an
    # alarm. Any other sign: for example -1.0, 1.1, 0.9: mean 0.333, s 1.159, t = 0.498: none.
    # Benchmark 2: -1.0, 1.1, 0.9: an alarm where the first sign is turned. So each of the four
    # splits +++, -++ (as +-- here), ++-, +-+ has: 1, 1, 0, 0 alarms.
    found = all_splits([[1.0, 1.1, 0.9], [-1.0, 1.1, 0.9]])
    assert (found.count, found.exact, found.compared) == (4, True, 2)
    assert found.mean == pytest.approx(0.5)
    assert found.variance == pytest.approx(0.25)
    assert found.alone == pytest.approx(2 * 0.25 * 0.75)
    assert found.later == 1
    assert found.later_chance == pytest.approx(0.5)


def test_benchmarks_that_go_together_are_worth_one_comparison() -> None:
    logs: list[float | None] = [1.0, 1.1, 0.9]
    found = all_splits([logs] * 9)
    assert found.variance / found.alone == pytest.approx(9.0)


def test_every_split_is_judged_as_variants_are() -> None:
    draw = random.Random(7)  # noqa: S311 - made up
    logs = [[draw.gauss(0.3, 1) for _ in range(5)] for _ in range(6)]
    numbers = []
    for signs in itertools.product((1, -1), repeat=4):
        numbers.append(0)
        for row in logs:
            signed = [sign * log for sign, log in zip((1, *signs), row, strict=True)]
            first = {pair: math.exp(log) for pair, log in enumerate(signed)}
            estimate = compare(first, dict.fromkeys(first, 1.0), higher_is_better=True)
            numbers[-1] += estimate.verdict != "inconclusive"
    found = all_splits(logs)
    assert found.count == len(numbers) == 16
    assert found.mean == pytest.approx(sum(numbers) / 16)
    assert found.later == numbers[0]
    assert sum(numbers) > 0


def test_too_many_splits_are_sampled_always_alike() -> None:
    draw = random.Random(3)  # noqa: S311 - made up
    logs = [[draw.gauss(0, 1) for _ in range(14)] for _ in range(4)]
    found = all_splits(logs)
    assert (found.count, found.exact) == (MOST_SPLITS, False)
    assert found == all_splits(logs)
    assert found.mean == pytest.approx(4 * 0.05, abs=0.08)


def test_missing_pairs_and_equal_values_find_nothing() -> None:
    found = all_splits([[1.0, None, None], [0.5, 0.5, 0.5], [None, 1.0, 1.1]])
    assert found.compared == 2
    assert found.later == 1  # 0.5 thrice has no spread: no interval; 1.0 and 1.1 are clear


def test_each_pair_gives_one_repeat_to_each_arm() -> None:
    arms = draw_arms("demo/here/plain-1vm", 6)
    for pair, repeats in arms.items():
        assert sorted(repeats) == [2 * pair - 1, 2 * pair]
    assert arms == draw_arms("demo/here/plain-1vm", 6)
    assert len({tuple(draw_arms(str(seed), 6).values()) for seed in range(50)}) > 20


def test_arms_that_are_compared_are_the_repeats_as_drawn() -> None:
    values = [100.0, 110.0, 104.0, 99.0, 103.0, 108.0]
    check = check_of(tally_of({"fork": values}))
    arms = draw_arms("demo/here/plain-1vm", 3)
    sides = ({pair: values[repeats[arm] - 1] for pair, repeats in arms.items()} for arm in (0, 1))
    wanted = compare(*sides, higher_is_better=True)
    assert check.fleets[0].estimates["stress_ng", "fork"] == wanted


@pytest.mark.parametrize(("repeats", "pairs"), [(3, None), (4, 2), (5, 2), (12, 6)])
def test_it_takes_four_repeats(repeats: int, pairs: int | None) -> None:
    values = [100.0 + (7 * number) % 5 for number in range(repeats)]
    found = self_checks(tally_of({"fork": values}), "demo")
    assert [fleet.pairs for check in found for fleet in check.fleets] == ([pairs] if pairs else [])


def test_a_pair_with_a_failed_repeat_is_left_out() -> None:
    tally = tally_of({"fork": [100.0, 101.0, 103.0, 99.0, 98.0, 102.0]})
    del next(iter(tally.repeats.values()))[3]
    assert check_of(tally).fleets[0].pairs == 2


def rigged(alarms: int, size: int = 1, into: Tally | None = None) -> Tally:
    """A fleet of which that many of nine benchmarks differ between its arms, the same way."""
    arms = draw_arms(f"demo/here/plain-{size}vm", 6)
    first = {repeats[0] for repeats in arms.values()}
    draw = random.Random(f"{alarms}/{size}")  # noqa: S311 - made up
    values = {}
    for number, name in enumerate(BENCHMARKS):
        shift = 0.2 if number < alarms else 0.0
        values[name] = [
            math.exp((shift if repeat in first else 0.0) + draw.gauss(0, 0.02))
            for repeat in range(1, 13)
        ]
    return tally_of(values, size, into)


@pytest.mark.parametrize("alarms", [0, 1, 3, 9])
@pytest.mark.parametrize("effect", [1.0, 2.0])
def test_the_judgement_is_the_binomial_tail_of_what_comparisons_are_worth(
    alarms: int, effect: float
) -> None:
    found = Estimate(0.2, 0.1, 0.3, "paired t", 6, "")
    nothing = Estimate(0.0, -0.1, 0.1, "paired t", 6, "the interval covers 0")
    estimates = {
        ("stress_ng", str(number)): found if number < effect * alarms else nothing
        for number in range(20)
    }
    splits = Splits(32, True, 20, 1.0, effect * 0.9, 0.9, 0, 1.0)  # noqa: FBT003
    check = SelfCheck("here", (Fleet("here", "plain", 1, 6, estimates, splits),))
    assert check.found == effect * alarms
    assert check.worth == pytest.approx(20 / effect)
    assert check.expected == pytest.approx(1.0)
    assert check.probability == pytest.approx(stats.binom.sf(alarms - 1, 20 / effect, 0.05))


def test_nine_benchmarks_that_go_together_are_no_reason_to_worry() -> None:
    check = check_of(rigged(9))
    assert check.found == 9
    assert check.worth == pytest.approx(1.0, abs=0.35)
    assert not check.too_many
    # The plain binomial tail would be 2e-12.
    assert check.probability > 0.03


def test_fleets_that_all_raise_alarms_are_too_many() -> None:
    tally = rigged(9)
    for size in (2, 4, 8):
        rigged(9, size, tally)
    check = check_of(tally)
    assert check.found == 36
    assert check.too_many
    assert "too many" in verdict(check)


def test_false_alarms_come_as_often_as_expected() -> None:
    """A simulation: 150 campaigns of a quiet host with drift, nine benchmarks that go together."""
    draw = random.Random(20260101)  # noqa: S311 - made up
    found = compared = too_many = 0
    for campaign in range(150):
        shared = [draw.gauss(0, 0.02) for _ in range(10)]
        values = {
            name: [
                100 * math.exp(0.01 * repeat + shared[repeat] + draw.gauss(0, 0.03))
                for repeat in range(10)
            ]
            for name in BENCHMARKS
        }
        check = check_of(tally_of(values), str(campaign))
        found += check.found
        compared += check.compared
        too_many += check.too_many
    assert compared == 1350
    assert found / compared == pytest.approx(0.05, abs=0.02)
    assert too_many <= 4  # 1 in 100 is what the judgement allows itself


def case_of(home: Path) -> ET.Element:
    """The self-check's case in JUnit."""
    root = ET.fromstring((home / "junit.xml").read_bytes())  # noqa: S314 - our own file
    case = root.find("testsuite[@name='trust.local']/testcase[@name='self_check']")
    assert case is not None
    return case


def test_a_self_check_has_its_section_case_and_line(checked: Path) -> None:
    page = (checked / "report.html").read_text(encoding="utf-8")
    assert 'id="self-check"' in page
    assert 'id="compared"' not in page
    assert "plain against itself" in page
    assert "arm A better than arm B" in page
    case = case_of(checked)
    assert case.find("failure") is None
    assert "comparisons of plain with itself" in (case.findtext("system-out") or "")
    assert read_summary(checked)["tables"] == []
    output = CliRunner().invoke(report, [str(checked)]).output
    assert "Self-check on local: " in output
    assert "in 33 comparisons of plain with itself" in output


def test_any_campaign_with_enough_repeats_is_checked(everything: Path, plain_only: Path) -> None:
    assert 'id="self-check"' in (everything / "report.html").read_text(encoding="utf-8")
    assert read_summary(everything)["self_checks"][0]["host"] == "epyc1"
    assert 'id="self-check"' not in (plain_only / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("purpose", ["self_check", "compare"])
def test_too_many_false_alarms_fail_the_case_of_a_self_check_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, purpose: str
) -> None:
    monkeypatch.setattr(SelfCheck, "too_many", property(lambda _: True))
    spec = synthetic.self_check()
    spec.purpose, spec.repeats, spec.fleet_sizes = purpose, 4, (1,)
    build_report(home := synthetic.build(tmp_path, spec))
    failure = case_of(home).find("failure")
    assert (failure is not None) == (purpose == "self_check")
    if failure is not None:
        assert "fleet_pinning" in (failure.text or "")
    assert "hint: do not trust" in CliRunner().invoke(report, [str(home)]).output
