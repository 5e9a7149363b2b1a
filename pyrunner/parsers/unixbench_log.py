"""UnixBench's log: every pass of every test, dumped ones included."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pyrunner.errors import TestbedError
from pyrunner.files import read_text
from pyrunner.parsers.unixbench_pass import CUT, Pass, read_pass
from pyrunner.parsers.unixbench_tests import IDS, benchmark_name
from pyrunner.parsers.value import geometric_mean

if TYPE_CHECKING:
    from pathlib import Path

RULE: Final = re.compile(r"^#{56}\n", re.MULTILINE)
HEAD: Final = re.compile(r"(?P<title>.+) -- (?P<copies>\d+) cop(?:y|ies)\n==> ")
PASS: Final = re.compile(r"^#### Pass (\d+)\n", re.MULTILINE)
KEPT: Final = re.compile(r"^(\*Dump|Count) score: +(\d+\.\d)$", re.MULTILINE)
RESULT: Final = re.compile(r"^>>>> (score|iterations): (\S+)\n", re.MULTILINE)
ROUNDING: Final = 1e-9
"""UnixBench prints its score into the log with 15 digits."""


@dataclass(frozen=True)
class Outcome:
    """One test with one number of copies.

    Attributes:
        passes: all passes, in the order in which they ran.
        dumped: indices of the passes that the score leaves out.
        score: geometric mean of the others.
    """

    test: str
    copies: int
    passes: tuple[Pass, ...]
    dumped: frozenset[int]
    score: float

    @property
    def name(self) -> str:
        """Name of the result."""
        return benchmark_name(self.test, self.copies)


def read_log(path: Path, where: str) -> dict[tuple[int, str], Outcome]:
    """Read a log.

    Args:
        path: ``results/<name>.log``.
        where: what messages call it.

    Returns:
        (copies, test id) to the test, in the order in which they ran.

    Raises:
        TestbedError: a test is unknown, unfinished, there twice, failed, or its score is not what
            its passes give.
    """
    before, *sections = RULE.split(read_text(path))
    if before.strip() or not sections:
        raise TestbedError(f"{where}: it does not begin with a test", CUT)
    tests: dict[tuple[int, str], Outcome] = {}
    for section in sections:
        found = _test(section, where)
        if (found.copies, found.test) in tests:
            message = f"{where}: test {found.name} is there twice: the log holds two runs"
            raise TestbedError(message, "UnixBench appends to a log: its folder must be empty")
        tests[found.copies, found.test] = found
    return tests


def _test(section: str, where: str) -> Outcome:
    """Read one test's section."""
    head = HEAD.match(section)
    if head is None:
        raise TestbedError(f"{where}: a test has no proper head: {section[:60]!r}", CUT)
    if head["title"] not in IDS:
        raise TestbedError(f"{where}: unknown test {head['title']!r}", "is it UnixBench 6.0.0?")
    test, copies = IDS[head["title"]], int(head["copies"])
    here = f"{where}: test {benchmark_name(test, copies)}"
    _, *parts = PASS.split(section)
    bodies = [KEPT.split(body, maxsplit=1)[0] for body in parts[1::2]]
    passes = tuple(
        read_pass(body, copies, f"{here}, pass {number}") for number, body in enumerate(bodies, 1)
    )
    results = dict(RESULT.findall(section))
    if not passes or set(results) != {"score", "iterations"}:
        raise TestbedError(f"{here}: started, but did not finish", CUT)
    return _scored(Outcome(test, copies, passes, _dumped(passes), 0.0), section, results, here)


def _dumped(passes: tuple[Pass, ...]) -> frozenset[int]:
    """Choose the worst third, by count and not by rate, as Run does."""
    order = sorted(range(len(passes)), key=lambda number: passes[number].count)
    return frozenset(order[: len(passes) // 3])


def _scored(test: Outcome, section: str, results: dict[str, str], where: str) -> Outcome:
    """Compute the score and compare it, and what was dumped, with the log's own."""
    kept = [p for number, p in enumerate(test.passes) if number not in test.dumped]
    if min(p.rate for p in test.passes) <= 0:
        raise TestbedError(f"{where}: a pass did nothing", "the VM is too slow, or the test failed")
    score = geometric_mean([p.rate for p in kept])
    told = [(word, count) for word, count in KEPT.findall(section)]
    dump = [p for number, p in enumerate(test.passes) if number in test.dumped]
    mine = [("*Dump", _shown(p)) for p in dump] + [("Count", _shown(p)) for p in kept]
    if sorted(told) != sorted(mine):
        raise TestbedError(f"{where}: the log keeps and dumps other passes: {told}, not {mine}")
    if abs(score - float(results["score"])) > ROUNDING * score:
        raise TestbedError(f"{where}: its passes give {score!r}, the log says {results['score']}")
    return Outcome(test.test, test.copies, test.passes, test.dumped, score)


def _shown(single: Pass) -> str:
    """The count as the log shows it."""
    return f"{single.count:.1f}"
