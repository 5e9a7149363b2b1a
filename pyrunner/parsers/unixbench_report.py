"""UnixBench's report: its own scores, to check ours against, and its index."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pyrunner.errors import TestbedError
from pyrunner.files import read_text
from pyrunner.parsers.unixbench_tests import GROUPS, IDS

if TYPE_CHECKING:
    from pathlib import Path

RUN: Final = re.compile(
    r"^(?:(?P<cpus>\d+)|unknown) CPUs? in system; running (?P<copies>\d+) parallel cop(?:y|ies)",
    re.MULTILINE,
)
SCORE: Final = re.compile(
    r"^(?P<title>\S.*?) +(?P<score>\d+\.\d) (?P<unit>\S+) +"
    r"\(\d+\.\d s, (?P<samples>\d+) samples\)$",
    re.MULTILINE,
)
INDEX: Final = re.compile(
    r"^(?P<title>\S.*?) +(?P<base>\d+\.\d) +\d+\.\d +(?P<index>\d+\.\d)$", re.MULTILINE
)
TOTAL: Final = re.compile(
    r"^(?P<group>\S+) Benchmarks Index Score(?P<partial> \(Partial Only\))? +(?P<index>\d+\.\d)$",
    re.MULTILINE,
)
TABLE: Final = re.compile(r"^(\S+) Benchmarks (?:Partial Index|Index Values) ", re.MULTILINE)
INDEXED: Final = frozenset(GROUPS["index"])
"""Tests that the index of a run is made of."""
BASELINED: Final = INDEXED | {"grep", "sysexec"}
"""Tests that have an index of their own."""
CUT: Final = "UnixBench did not finish, or the report was truncated: run the cell again"
SHOWN: Final = 0.05 + 1e-6
"""The report shows one decimal."""


@dataclass
class Report:
    """One run with one number of copies.

    Attributes:
        cpus: number of CPUs in the VM, None if UnixBench could not tell.
        scores: test id to (score, unit, number of kept passes).
        baselines: test id to (baseline, index); tests of the index alone.
        total: index of the whole run, and whether that is of a selection only; None if no test
            of the run belongs to the index.
    """

    cpus: int | None
    scores: dict[str, tuple[float, str, int]] = field(default_factory=dict)
    baselines: dict[str, tuple[float, float]] = field(default_factory=dict)
    total: tuple[float, bool] | None = None


def read_report(path: Path, where: str) -> dict[int, Report]:
    """Read ``results/<name>``; give number of copies to what its run came to.

    Raises:
        TestbedError: the report is truncated or has unknown tests.
    """
    text = read_text(path)
    heads = list(RUN.finditer(text))
    if not heads:
        raise TestbedError(f"{where}: the report has no results", CUT)
    ends = [*(head.start() for head in heads[1:]), len(text)]
    return {
        int(head["copies"]): _report(head, text[head.end() : end], where)
        for head, end in zip(heads, ends, strict=True)
    }


def _report(head: re.Match[str], text: str, where: str) -> Report:
    """Read one run."""
    report = Report(int(head["cpus"]) if head["cpus"] else None)
    for found in SCORE.finditer(text):
        score = float(found["score"]), found["unit"], int(found["samples"])
        report.scores[_id(found["title"], where)] = score
    for found in INDEX.finditer(text):
        base = float(found["base"]), float(found["index"])
        report.baselines[_id(found["title"], where)] = base
    totals = {found["group"]: found for found in TOTAL.finditer(text)}
    if "System" in totals:
        total = totals["System"]
        report.total = float(total["index"]), total["partial"] is not None
    whole = set(totals) == set(TABLE.findall(text))
    if not report.scores or not whole or BASELINED & set(report.scores) != set(report.baselines):
        raise TestbedError(f"{where}: the report ends early", CUT)
    return report


def _id(title: str, where: str) -> str:
    """Find a test by its title."""
    if title not in IDS:
        raise TestbedError(f"{where}: unknown test {title!r}", "is it UnixBench 6.0.0?")
    return IDS[title]


def index_of(score: float, baseline: float) -> float:
    """UnixBench's index of one test: ten times the score over the baseline's."""
    return score / baseline * 10


def check_shown(shown: float, computed: float, where: str) -> None:
    """See that a figure of the report is the one that the passes give.

    Raises:
        TestbedError: they differ by more than the report's rounding.
    """
    if abs(shown - computed) > SHOWN:
        raise TestbedError(
            f"{where}: the report says {shown}, the passes of the log give {computed:.4f}",
            "report and log are of different runs, or one was altered",
        )
