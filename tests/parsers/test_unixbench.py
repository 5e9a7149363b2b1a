"""UnixBench: logs and reports of real runs; every damage to them is named."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrunner.errors import TestbedError
from pyrunner.parsers.suite import SuiteFiles
from pyrunner.parsers.unixbench import parse
from pyrunner.parsers.unixbench_log import read_log
from pyrunner.parsers.unixbench_tests import GROUPS, TITLES, expand_tests, passes_of

RECORDED = Path(__file__).parent.parent / "data" / "parsers" / "unixbench"
REQUESTS: dict[str, dict[str, object]] = {
    "two-copies": {"benchmarks": ["fsdisk", "spawn", "shell1", "shell8"], "iterations": 3},
    "misc": {"benchmarks": ["dhry2reg", "sysexec"], "iterations": 1, "copies": [1]},
    "dumped": {"benchmarks": ["spawn", "syscall"], "iterations": 8, "copies": [1]},
}


def _run(folder: Path, run: str, **request: object) -> SuiteFiles:
    """A recorded run, copied so that tests may damage it."""
    asked = {"suite": "unixbench", **REQUESTS[run], **request}
    (folder / "request.json").write_text(json.dumps(asked))
    files = {"request.json": folder / "request.json", "stdout.log": folder / "stdout.log"}
    (folder / "stdout.log").write_text("")
    for name in (run, f"{run}.log"):
        (folder / name).write_bytes((RECORDED / name).read_bytes())
        files[f"results/{name}"] = folder / name
    return SuiteFiles("vm5: unixbench", files)


def _edit(path: Path, old: str, new: str) -> None:
    """Replace text that must be there."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_every_pass_is_kept_and_dumped_ones_are_marked(tmp_path: Path) -> None:
    values = [v for v in parse(_run(tmp_path, "dumped")) if v.metric in ("pass", "pass_dumped")]
    spawn = [value for value in values if value.benchmark == "spawn"]
    assert [value.metric for value in spawn] == ["pass", "pass_dumped", "pass"]
    rates = [71926 / 30.005085, 54400 / 30.004062, 83154 / 30.005857]
    assert [value.value for value in spawn] == pytest.approx(rates)
    syscall = [v.metric for v in values if v.benchmark == "syscall"]
    assert [number for number, metric in enumerate(syscall, 1) if metric == "pass_dumped"] == [1, 3]
    assert len(syscall) == 8


def test_scores_are_those_that_unixbench_computes(tmp_path: Path) -> None:
    values = parse(_run(tmp_path, "dumped"))
    scores = {v.benchmark: v.value for v in values if v.metric == "score"}
    assert scores == pytest.approx(
        {"spawn": 2577.41337937527, "syscall": 883403.09414909}, rel=1e-12
    )
    indices = {v.benchmark: v.value for v in values if v.metric == "index"}
    shown = {"spawn": 204.6, "syscall": 588.9, "system_index_partial": 347.1}
    assert indices == pytest.approx(shown, abs=0.05)


def test_several_copies_are_benchmarks_of_their_own(tmp_path: Path) -> None:
    values = parse(_run(tmp_path, "two-copies"))
    scores = {v.benchmark: v.value for v in values if v.metric == "score"}
    assert list(scores) == [
        *(f"{test}" for test in ("fsdisk", "spawn", "shell1", "shell8")),
        *(f"{test}@2copies" for test in ("fsdisk", "spawn", "shell1", "shell8")),
    ]
    assert scores["fsdisk"] == 1200863.0  # KBps is a rate already
    assert scores["fsdisk@2copies"] == 1042626 + 1034591
    mean_time = (30.003238 + 30.006226) / 2
    assert scores["spawn@2copies"] == pytest.approx((139032 + 132271) / mean_time)
    units = {v.benchmark: v.unit for v in values if v.metric == "score"}
    assert [units[t] for t in ("fsdisk", "spawn", "shell1")] == ["KBps", "lps", "lpm"]


def test_the_index_of_a_run_is_made_of_the_tests_that_belong_to_it(tmp_path: Path) -> None:
    values = parse(_run(tmp_path, "misc"))
    indices = {v.benchmark: v.value for v in values if v.metric == "index"}
    shown = {"dhry2reg": 4026.4, "sysexec": 253.7, "system_index_partial": 4026.4}
    assert indices == pytest.approx(shown, abs=0.05)


@pytest.mark.parametrize(
    ("upto", "message"),
    [
        ("#### Pass 3\n", r"dumped.log: test spawn, pass 3: has results of 0 of 1 copies"),
        ("# COUNT1: 1\n# COUNT2: lps\n# elapsed: 30.004062", r"test spawn, pass 2"),
        ("*Dump score:      54400.0\n", r"test spawn: started, but did not finish"),
        (">>>> score: 2577.41337937527\n", r"test spawn: started, but did not finish"),
        (">>>> iterations: 2\n", r"dumped.log: other tests .* missing: syscall"),
    ],
)
def test_a_truncated_log_names_file_and_test(tmp_path: Path, upto: str, message: str) -> None:
    files = _run(tmp_path, "dumped")
    path = tmp_path / "dumped.log"
    text = path.read_text()
    path.write_text(text[: text.index(upto) + len(upto)])
    with pytest.raises(TestbedError, match=message):
        parse(files)


@settings(max_examples=150, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True), run=st.sampled_from(sorted(REQUESTS)))
def test_a_log_cut_anywhere_is_refused(
    tmp_path_factory: pytest.TempPathFactory, share: float, run: str
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    files = _run(folder, run)
    path = folder / f"{run}.log"
    text = path.read_text().rstrip("\n")
    path.write_text(text[: int(share * len(text))])
    with pytest.raises(TestbedError, match=r"vm5: unixbench: "):
        parse(files)


@settings(max_examples=100, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True), run=st.sampled_from(sorted(REQUESTS)))
def test_a_report_cut_anywhere_is_refused(
    tmp_path_factory: pytest.TempPathFactory, share: float, run: str
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    files = _run(folder, run)
    path = folder / run
    text = path.read_text().rstrip("\n")
    path.write_text(text[: int(share * len(text))])
    with pytest.raises(TestbedError, match=r"vm5: unixbench: "):
        parse(files)


def test_a_missing_report_is_named(tmp_path: Path) -> None:
    files = _run(tmp_path, "dumped")
    del files.files["results/dumped"]
    with pytest.raises(TestbedError, match="results/dumped is missing: UnixBench's report"):
        parse(files)


def test_a_missing_log_is_named(tmp_path: Path) -> None:
    files = _run(tmp_path, "dumped")
    del files.files["results/dumped.log"]
    with pytest.raises(TestbedError, match="one log of UnixBench is wanted, found: none"):
        parse(files)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"benchmarks": ["spawn", "syscall", "shell1"]}, "missing: shell1"),
        ({"benchmarks": ["spawn"]}, "not asked: .*syscall"),
        ({"copies": [1, 4]}, "missing: spawn@4copies, syscall@4copies"),
        ({"copies": None}, "missing: spawn@2copies, syscall@2copies"),
        ({"copies": "1"}, "copies is '1', not a list"),
        ({"iterations": 9}, "test syscall has 8 passes, not 9"),
        ({"iterations": None}, "test syscall has 8 passes, not 10"),
        ({"iterations": 0}, "iterations is 0"),
        ({"benchmarks": ["sprawn"]}, "unknown UnixBench test sprawn"),
    ],
)
def test_what_ran_must_be_what_was_asked(
    tmp_path: Path, request_: dict[str, object], message: str
) -> None:
    with pytest.raises(TestbedError, match=message):
        parse(_run(tmp_path, "dumped", **request_))


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("dumped.log", "COUNT0: 83154", "COUNT0: 83155", "keeps and dumps other passes"),
        ("dumped.log", "elapsed: 30.005857", "elapsed: 31.005857", "its passes give"),
        ("dumped.log", "*Dump score:      54400.0\n", "", "keeps and dumps other passes"),
        ("dumped.log", "# COUNT0: 71926", "# ERROR: disk full", "pass 1: failed: disk full"),
        ("dumped.log", "# COUNT0: 71926", "# COUNT0: -71926", "COUNT0 is -71926"),
        ("dumped.log", "# elapsed: 30.005085", "# elapsed: soon", "elapsed is 'soon'"),
        ("dumped.log", "Process Creation -- ", "Process Cremation -- ", "unknown test"),
        ("dumped", "2577.4 lps", "2577.6 lps", "the report says 2577.6, the passes"),
        ("dumped", "2577.4 lps", "2577.4 lpm", "the report has 2 samples in lpm"),
        ("dumped", "204.6\n", "214.6\n", "test spawn, index: the report says 214.6"),
        ("dumped", "347.1\n", "357.1\n", "system_index_partial: the report says 357.1"),
        ("dumped", "Process Creation     ", "Process Cremation    ", "unknown test"),
    ],
)
def test_log_and_report_must_agree(
    tmp_path: Path, name: str, old: str, new: str, message: str
) -> None:
    files = _run(tmp_path, "dumped")
    _edit(tmp_path / name, old, new)
    with pytest.raises(TestbedError, match=message):
        parse(files)


def test_a_log_that_holds_two_runs_is_refused(tmp_path: Path) -> None:
    files = _run(tmp_path, "dumped")
    path = tmp_path / "dumped.log"
    path.write_text(path.read_text() * 2)
    with pytest.raises(TestbedError, match="test spawn is there twice: the log holds two runs"):
        parse(files)


def test_a_pass_that_did_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "idle.log"
    text = (RECORDED / "dumped.log").read_text()
    path.write_text(text.replace("COUNT0: 54400", "COUNT0: 0").replace("54400.0", "    0.0"))
    with pytest.raises(TestbedError, match="test spawn: a pass did nothing"):
        read_log(path, "idle.log")


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(1, 10**9), min_size=1, max_size=12),
    seconds=st.floats(1, 100).map(lambda value: round(value, 6)),
)
def test_the_worst_third_is_dropped(
    tmp_path_factory: pytest.TempPathFactory, counts: list[int], seconds: float
) -> None:
    kept = sorted(counts)[len(counts) // 3 :]
    score = math.exp(sum(math.log(count / (seconds / 60)) for count in kept) / len(kept))
    path = tmp_path_factory.mktemp("log") / "x.log"
    path.write_text(_log(counts, seconds, score))
    found = read_log(path, "x.log")[1, "shell1"]
    assert found.score == pytest.approx(score)
    assert sorted(counts[number] for number in found.dumped) == sorted(counts)[: len(counts) // 3]


def _log(counts: list[int], seconds: float, score: float) -> str:
    """Compose a log of one test."""
    dump = len(counts) // 3
    passes = "".join(
        f"#### Pass {number}\n\n\n# COUNT0: {count}\n# COUNT1: 60\n# COUNT2: lpm\n"
        f"# elapsed: {seconds:.6f}\n# pid: 7\n# status: 0\n\n"
        for number, count in enumerate(counts, 1)
    )
    told = "".join(
        f"{'*Dump' if number < dump else 'Count'} score: {count:12.1f}\n"
        for number, count in enumerate(sorted(counts))
    )
    head = f"\n{'#' * 56}\nShell Scripts (1 concurrent) -- 1 copy\n==> x\n\n"
    tail = f"\n>>>> Results of 1 copy\n>>>> score: {score:.15g}\n>>>> time: 1\n>>>> iterations: 1\n"
    return f"{head}{passes}{told}{tail}\n"


def test_groups_are_tests_that_exist() -> None:
    assert {test for group in GROUPS.values() for test in group} <= set(TITLES)
    assert expand_tests(["index"], "x")[:2] == ["dhry2reg", "whetstone-double"]
    assert len(expand_tests(["index"], "x")) == 12
    assert expand_tests(["shell", "shell1"], "x") == ["shell1", "shell8", "shell16"]


@pytest.mark.parametrize(
    ("test", "iterations", "passes"),
    [("spawn", None, 3), ("pipe", None, 10), ("spawn", 1, 1), ("spawn", 8, 3), ("pipe", 8, 8)],
)
def test_passes_follow_from_iterations(test: str, iterations: int | None, passes: int) -> None:
    assert passes_of(test, iterations) == passes
