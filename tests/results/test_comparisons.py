"""The thesis-like tables: who is compared with whom, and why not."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING

import pytest

from pyrunner.results.aggregate import aggregate
from pyrunner.results.boot import bars, phase_order
from pyrunner.results.comparisons import Entry, Table, tables
from pyrunner.results.figures.scale_lines import scaling_curves
from pyrunner.results.load import load
from pyrunner.results.missing import Explainer
from pyrunner.results.published import PATH, published
from pyrunner.results.scaling import scalings
from pyrunner.results.scaling_shown import scale_table
from pyrunner.results.shown import shown
from pyrunner.results.tally import Measure, Series, Tally
from tests.builders import synthetic

if TYPE_CHECKING:
    from pathlib import Path

    from pyrunner.model import Backend, Variant

THESIS = {  # benchmark: SVSM against plain 1 VM, 8 VMs; SVSM against CVM 1 VM, 8 VMs
    "fsdisk": (-31.4, -15.0, 341.6, 307.6),
    "spawn": (14.2, -8.6, 66.8, 27.2),
    "shell1": (-0.2, 13.9, 26.7, -7.8),
    "shell8": (-0.6, 12.6, 31.8, -4.9),
}


def compared(home: Path) -> dict[str, Table]:
    """Compare all variants of a campaign with one host."""
    campaign, states = load(home)
    tally, _ = aggregate(home, campaign.name, states)
    return {table.title: table for table in tables(tally, Explainer(campaign, states))}


def entry(table: Table, benchmark: str, size: int) -> Entry:
    """Find a table's entry."""
    line = next(line for line in table.lines if line.benchmark == benchmark)
    return next(each for each in line.entries if each.fleet_size == size)


def made_up(backends: dict[Variant, Backend], spec: synthetic.Spec, home: Path) -> Table:
    """Compare SVSM with plain where all svsm values are twice those of plain, give or take."""
    campaign, states = load(home)
    tally = Tally()
    for variant, factor in (("plain", 1.0), ("svsm", 2.0)):
        for name in spec.backends:
            series = Series(
                *(name, backends[variant], variant, 1, "unixbench", "fsdisk", "score")  # type: ignore[index,arg-type]
            )
            tally.repeats[series] = {1: factor * 100.0, 2: factor * 101.0, 3: factor * 99.5 + 0.1}
    tally.measures["unixbench", "fsdisk", "score"] = Measure("KBps", higher_is_better=True)
    return tables(tally, Explainer(campaign, states))[0]


def test_the_reference_data_are_the_published_figures() -> None:
    found = {
        benchmark: tuple(
            published()["svsm", second, "unixbench", benchmark, size]  # type: ignore[index]
            for second in ("plain", "cvm")
            for size in (1, 8)
        )
        for benchmark in THESIS
    }
    assert found == THESIS
    assert len(published()) == 16
    assert (PATH.parent / "README.md").is_file()


def test_every_entry_has_its_estimate_and_the_thesis_figure(everything: Path) -> None:
    found = compared(everything)
    assert list(found) == ["SVSM against plain", "SVSM against CVM", "CVM against plain"]
    for title, column in (("SVSM against plain", 0), ("SVSM against CVM", 2)):
        for benchmark, figures in THESIS.items():
            for place, size in enumerate((1, 8)):
                each = entry(found[title], benchmark, size)
                assert each.published == figures[column + place]
                assert each.estimate
                assert each.estimate.method == "paired t"
    assert entry(found["CVM against plain"], "fsdisk", 1).published is None
    assert not any(table.missing for table in found.values())


def test_repeats_that_one_side_lacks_are_no_pairs(everything: Path) -> None:
    each = entry(compared(everything)["SVSM against CVM"], "fsdisk", 8)
    assert each.estimate
    assert each.estimate.repeats == 4


def test_slower_boots_are_worse(everything: Path) -> None:
    estimate = entry(compared(everything)["SVSM against plain"], "end_to_end", 1).estimate
    assert estimate
    assert estimate.verdict == "worse"
    assert estimate.log_advantage is not None
    assert estimate.log_advantage < 0


def test_what_is_not_measured_says_why_beside_the_thesis(plain_only: Path) -> None:
    found = compared(plain_only)
    table = found["SVSM against plain"]
    each = entry(table, "fsdisk", 8)
    assert (each.estimate, each.published) == (None, -15.0)
    assert "SVSM cannot run on local: the CPU has no SEV-SNP" in each.missing
    assert "run on an EPYC" not in each.missing  # said once, with the skipped cells
    assert table.missing == each.missing
    assert not found["CVM against plain"].lines
    assert "CVM cannot run" in found["CVM against plain"].missing


@pytest.mark.parametrize(
    ("backends", "compares"),
    [
        ({"plain": "kvm", "svsm": "snp"}, True),
        ({"plain": "emulated", "svsm": "emulated"}, True),
        ({"plain": "emulated", "svsm": "snp"}, False),
        ({"plain": "kvm", "svsm": "emulated"}, False),
    ],
)
def test_emulated_is_never_compared_with_hardware(
    tmp_path: Path, small: synthetic.Spec, backends: dict[Variant, Backend], *, compares: bool
) -> None:
    table = made_up(backends, small, synthetic.build(tmp_path, small))
    each = entry(table, "fsdisk", 1)
    if compares:
        assert each.estimate
        assert each.estimate.verdict == "better"
    else:
        assert each.estimate is None
        assert "never compared" in each.missing


def test_hosts_are_never_compared_with_each_other(tmp_path: Path) -> None:
    spec = synthetic.hardware()
    spec.backends = {"one": {"plain": "kvm"}, "two": {"svsm": "snp"}}
    spec.repeats, spec.fleet_sizes, spec.failed, spec.unrun = 2, (1,), frozenset(), frozenset()
    campaign, states = load(home := synthetic.build(tmp_path, spec))
    tally, _ = aggregate(home, campaign.name, states)
    found = tables(tally, Explainer(campaign, states))
    assert {table.host for table in found} == {"one", "two"}
    assert not any(
        each.estimate for table in found for line in table.lines for each in line.entries
    )


def test_cells_that_did_not_finish_are_the_reason(tmp_path: Path, small: synthetic.Spec) -> None:
    small.failed, small.unrun = frozenset({"svsm-2vm-r1"}), frozenset({"svsm-2vm-r2"})
    table = compared(synthetic.build(tmp_path, small))["SVSM against plain"]
    each = entry(table, "fsdisk", 2)
    assert each.missing == "no completed cell of SVSM with 2 VMs: 1 failed, 1 not run yet"
    assert entry(table, "fsdisk", 8).missing == "fleets of 8 VMs were not asked for"
    assert table.missing == ""


def test_suites_that_were_not_run_are_the_reason(tmp_path: Path) -> None:
    spec = synthetic.plain_only()
    spec.backends, spec.repeats = {"local": {"plain": "emulated", "svsm": "emulated"}}, 2
    table = compared(synthetic.build(tmp_path, spec))["SVSM against plain"]
    each = entry(table, "fsdisk", 1)
    assert "UnixBench was not run: its source is not here" in each.missing
    assert entry(table, "copy-file", 1).estimate


def test_one_repeat_is_inconclusive_with_the_reason(tmp_path: Path, small: synthetic.Spec) -> None:
    small.repeats = 1
    table = shown(compared(synthetic.build(tmp_path, small))["SVSM against plain"])
    first = table.lines[0].entries[0]
    assert (first.interval, first.verdict) == ("", "inconclusive")
    assert first.note is not None
    assert "fewer than 2 repeats" in table.notes[first.note - 1]


def test_scaling_is_the_ratio_of_aggregates(everything: Path) -> None:
    campaign, states = load(everything)
    tally, _ = aggregate(everything, campaign.name, states)
    found = scalings(tally)
    assert {(each.variant, each.fleet_size) for each in found} == {
        ("plain", 8),
        ("cvm", 8),
        ("svsm", 8),
    }
    for each in found:
        assert each.fairness is not None
        assert 1 / 8 <= each.fairness <= 1
        assert each.estimate.low is not None
        assert 0 < each.estimate.low < 2.1  # log of 8


def test_bars_hold_the_phases_in_order_and_sum_up(everything: Path) -> None:
    campaign, states = load(everything)
    tally, _ = aggregate(everything, campaign.name, states)
    found = bars(tally)
    assert [(bar.variant, bar.fleet_size) for bar in found] == [
        *(("plain", 1), ("plain", 8), ("cvm", 1), ("cvm", 8), ("svsm", 1), ("svsm", 8)),
    ]
    for bar in found:
        assert tuple(phase for phase, _ in bar.phases) == synthetic.PHASES
        assert sum(seconds for _, seconds in bar.phases) == pytest.approx(bar.total)
        assert bar.fastest <= bar.total <= bar.slowest
    assert [bar.boots for bar in found] == [5, 40, 5, 32, 5, 32]


def test_phases_of_one_variant_stand_where_they_happen(everything: Path) -> None:
    campaign, states = load(everything)
    tally, _ = aggregate(everything, campaign.name, states)
    plain, *_, svsm = bars(tally)
    longer = (svsm.phases[0], ("svsm_loader", 0.1), ("svsm_kernel", 0.2), *svsm.phases[1:])

    order = phase_order([plain, replace(svsm, phases=longer)])
    assert order == ["qemu", "svsm_loader", "svsm_kernel", *synthetic.PHASES[1:]]


def test_a_scaling_curve_has_a_point_a_fleet(tmp_path: Path, small: synthetic.Spec) -> None:
    small.fleet_sizes, small.repeats = (1, 2, 4), 3
    home = synthetic.build(tmp_path, small)
    campaign, states = load(home)
    tally, _ = aggregate(home, campaign.name, states)
    found = scalings(tally)
    table = scale_table(found)
    assert table.columns == ["2 VMs", "4 VMs"]
    assert len(table.rows) == 4 * 3  # benchmarks, variants
    four = Series("epyc1", "kvm", "plain", 4, "unixbench", "fsdisk", "aggregate")
    together, alone = (tally.repeats[four._replace(fleet_size=size)] for size in (4, 1))
    (estimate,) = (
        each.estimate
        for each in found
        if (each.variant, each.benchmark, each.fleet_size) == ("plain", "fsdisk", 4)
    )
    ratios = [math.log(together[repeat] / alone[repeat]) for repeat in (1, 2, 3)]
    assert estimate.log_advantage == pytest.approx(fmean(ratios))
    times = table.rows[0][2][1]
    assert re.fullmatch(r"\d\.\d\d", times.times)
    assert re.fullmatch(r"\d\.\d\d to \d\.\d\d", times.interval)
    least = min(found, key=lambda each: each.fairness or 1.0)
    assert f"{least.title}, " in table.least
    assert f"{least.fairness:.3f}" in table.least
    drawn = scaling_curves(found, "curves", emulated=False)
    assert drawn.title == "What 1 to 4 VMs achieve together against 1 VM"
    assert "ideal" in drawn.svg
    for title in {each.title for each in found}:
        assert title in drawn.svg
