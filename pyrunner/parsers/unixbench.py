"""UnixBench 6.0.0: every pass, the scores recomputed, checked against its own report.

A test that ran with several copies at once is a benchmark of its own: ``fsdisk@4copies``. The
index of the whole run is benchmark ``system_index``, or ``system_index_partial`` if only some of
the index's tests ran.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyrunner.errors import TestbedError
from pyrunner.parsers.unixbench_log import Outcome, read_log
from pyrunner.parsers.unixbench_pass import CUT
from pyrunner.parsers.unixbench_report import INDEXED, Report, check_shown, index_of, read_report
from pyrunner.parsers.unixbench_tests import benchmark_name, expand_tests, passes_of
from pyrunner.parsers.value import Value, geometric_mean
from pyrunner.parsers.values import texts, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyrunner.parsers.suite import SuiteFiles
    from pyrunner.results.observations import Metric

INDEX_UNIT: Final = "index"
OTHER_LOGS: Final = ("stdout.log", "stderr.log", "build.log")
"""Logs that the guest's script leaves beside UnixBench's own."""

Tests = dict[tuple[int, str], Outcome]


def parse(files: SuiteFiles) -> list[Value]:
    """Give all passes, scores and indices of one VM.

    Args:
        files: with ``request.json``, UnixBench's log ``<any>.log`` and its report ``<any>``::

            {"benchmarks": ["fsdisk", ...] or groups like "index",
             "iterations": 3,        # what `Run -i` was given; left out or null: without -i
             "copies": [1]}          # what `Run -c` was given; left out: 1, and the CPUs if more

    Raises:
        TestbedError: log or report is missing, truncated or garbled, a test was not run or failed,
            or log and report disagree.
    """
    request = files.request()
    log = _log_name(files)
    tests = read_log(files.files[log], f"{files.where}: {log}")
    name = log.removesuffix(".log")
    path = files.file(name, "UnixBench's report, which it writes last")
    reports = read_report(path, f"{files.where}: {name}")
    _check_complete(tests, request, reports, f"{files.where}: {log}")
    values = [value for test in tests.values() for value in _test_values(test)]
    for copies, report in reports.items():
        ran = [test for test in tests.values() if test.copies == copies]
        values += _index_values(ran, report, f"{files.where}: {name}")
    return values


def _log_name(files: SuiteFiles) -> str:
    """Find UnixBench's own log."""
    logs = [name for name in files.files if name.endswith(".log")]
    logs = [name for name in logs if name.rpartition("/")[2] not in OTHER_LOGS]
    if len(logs) != 1:
        found = ", ".join(logs) or "none"
        raise TestbedError(f"{files.where}: one log of UnixBench is wanted, found: {found}", CUT)
    return logs[0]


def _check_complete(
    tests: Tests, request: dict[str, Any], reports: dict[int, Report], where: str
) -> None:
    """See that what was asked for ran, with all its passes, and that the report has the same."""
    asked = expand_tests(texts(request, "benchmarks", f"{where}: request.json"), where)
    wanted = {(copies, test) for copies in _copies(request, reports, where) for test in asked}
    told = {(copies, test) for copies, report in reports.items() for test in report.scores}
    for have, place in ((set(tests), where), (told, where.removesuffix(".log"))):
        missing = [benchmark_name(test, copies) for copies, test in sorted(wanted - have)]
        extra = [benchmark_name(test, copies) for copies, test in sorted(have - wanted)]
        if missing or extra:
            what = f"missing: {', '.join(missing)}" if missing else f"not asked: {extra}"
            raise TestbedError(f"{place}: other tests than request.json asks for: {what}", CUT)
    iterations = request.get("iterations")
    times = None if iterations is None else whole(request, "iterations", f"{where}: request.json")
    for test in tests.values():
        expected = passes_of(test.test, times)
        if len(test.passes) != expected:
            raise TestbedError(
                f"{where}: test {test.name} has {len(test.passes)} passes, not {expected}", CUT
            )


def _copies(request: dict[str, Any], reports: dict[int, Report], where: str) -> set[int]:
    """Numbers of copies that must have run: what was asked, else UnixBench's default."""
    asked = request.get("copies")
    if asked is not None:
        if not isinstance(asked, list) or not all(isinstance(n, int) and n > 0 for n in asked):
            raise TestbedError(f"{where}: request.json: copies is {asked!r}, not a list of numbers")
        return set(asked)
    cpus = next(iter(reports.values())).cpus
    return {1, cpus or 1}


def _test_values(test: Outcome) -> Iterator[Value]:
    """Passes in the order in which they ran, then the score."""
    for number, single in enumerate(test.passes):
        metric: Metric = "pass_dumped" if number in test.dumped else "pass"
        yield Value(test.name, metric, single.unit, single.rate)
    yield Value(test.name, "score", test.passes[0].unit, test.score)


def _index_values(ran: list[Outcome], report: Report, where: str) -> Iterator[Value]:
    """Check the report's scores, recompute its indices in full precision."""
    indices: list[float] = []
    for test in ran:
        shown, unit, kept = report.scores[test.test]
        here = f"{where}: test {test.name}"
        check_shown(shown, test.score, here)
        if (unit, kept) != (test.passes[0].unit, len(test.passes) - len(test.dumped)):
            raise TestbedError(f"{here}: the report has {kept} samples in {unit}, not as the log")
        if test.test in report.baselines:
            baseline, told = report.baselines[test.test]
            index = index_of(test.score, baseline)
            check_shown(told, index, f"{here}, index")
            indices += [index] if test.test in INDEXED else []
            yield Value(test.name, "index", INDEX_UNIT, index)
    if report.total and indices:
        total, partial = report.total
        name = benchmark_name("system_index_partial" if partial else "system_index", ran[0].copies)
        check_shown(total, geometric_mean(indices), f"{where}: {name}")
        yield Value(name, "index", INDEX_UNIT, geometric_mean(indices))
