"""How fast the SVSM measures: `svsm-measure bench`, a row for each size and pass.

Benchmarks are named by their size: ``64KiB`` is what the SVSM hashes a second, ``64KiB:sha512``
what the guest itself does (libcrypto's SHA-512), ``64KiB:time`` how long one measurement takes,
``64KiB:ratio`` how many times as long as the guest's own, ``64KiB:calls`` how many calls it takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pyrunner.errors import TestbedError
from pyrunner.files import read_text
from pyrunner.parsers.value import Value, geometric_mean
from pyrunner.parsers.values import texts, whole
from pyrunner.results.rows import at_line, finite, natural, read_rows, word
from pyrunner.results.sizes import size_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pyrunner.parsers.suite import SuiteFiles
    from pyrunner.results.observations import Metric

SUITE: Final = "measurement"
TABLE: Final = "bench.csv"
COLUMNS: Final = (
    *("size_bytes", "repeat", "algorithm", "svsm_seconds", "svsm_calls", "plain_seconds"),
)
ALGORITHMS: Final = ("sha384", "sha512")
UNIT: Final = "B/s"
KINDS: Final = {"duration": "time", "calls": "calls", "ratio": "ratio"}
"""What follows a size in the name of a benchmark that has this metric."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over one size.

    Attributes:
        seconds: that the SVSM took for all calls together.
        calls: how often it was called.
        plain: seconds that the guest's own SHA-512 of as many bytes took.
    """

    size: int
    seconds: float
    calls: int
    plain: float


def parse(files: SuiteFiles) -> list[Value]:
    """Give all passes and the means of every size in one VM; nothing of a VM without an SVSM.

    Args:
        files: with ``query.exit``, what the tool's first call ended with, and if that is 0
            ``request.json``: ``{"sizes": ["4KiB", ...], "repeats": 2}`` and ``bench.csv``.

    Raises:
        TestbedError: a pass is missing, there twice or garbled.
    """
    ended = files.file("query.exit", "whether there is an SVSM that measures")
    if read_text(ended).strip() != "0":
        return []
    request, where = files.request(), f"{files.where}: request.json"
    sizes, repeats = texts(request, "sizes", where), whole(request, "repeats", where)
    passes = _passes(files.file(TABLE, "how long measurements take"), files.where)
    values: list[Value] = []
    for size in sizes:
        wanted = [(size_bytes(size), turn) for turn in range(1, repeats + 1)]
        missing = [str(turn) for turn in wanted if turn not in passes]
        if missing:
            raise TestbedError(
                f"{files.where}: {TABLE} lacks (size, pass) {', '.join(missing)}",
                "did `svsm-measure bench` end early? run the cell again",
            )
        values += _values(size, [passes.pop(turn) for turn in wanted])
    if passes:
        raise TestbedError(f"{files.where}: {TABLE} has passes nobody asked for: {[*passes]}")
    return values


def _passes(path: Path, where: str) -> dict[tuple[int, int], Pass]:
    """Read the table: (size, pass) -> what it took."""
    passes: dict[tuple[int, int], Pass] = {}
    for line, row in read_rows(path, COLUMNS):
        try:
            key, one = _pass(row)
        except ValueError as error:
            raise at_line(path, line, str(error)) from error
        if key in passes:
            raise TestbedError(f"{where}: {TABLE} has (size, pass) {key} twice")
        passes[key] = one
    return passes


def _pass(row: Sequence[str]) -> tuple[tuple[int, int], Pass]:
    size, turn, algorithm, seconds, calls, plain = row
    word(algorithm, "algorithm", ALGORITHMS)
    one = Pass(
        natural(size, "size_bytes"),
        _positive(seconds, "svsm_seconds"),
        natural(calls, "svsm_calls"),
        _positive(plain, "plain_seconds"),
    )
    return (one.size, natural(turn, "repeat")), one


def _positive(text: str, column: str) -> float:
    value = finite(text, column)
    if value <= 0:
        raise ValueError(f"{column} is {text!r}, not a time above 0")
    return value


def _values(size: str, passes: Sequence[Pass]) -> Iterator[Value]:
    """What the passes of one size say; means are geometric, for ratios are compared."""
    times = {"": [one.seconds for one in passes], ":sha512": [one.plain for one in passes]}
    for kind, seconds in times.items():
        rates = [one.size / time for one, time in zip(passes, seconds, strict=True)]
        yield from (Value(f"{size}{kind}", "pass", UNIT, rate) for rate in rates)
        yield Value(f"{size}{kind}", "score", UNIT, geometric_mean(rates))
    costs: tuple[tuple[Metric, str, list[float]], ...] = (
        ("duration", "s", times[""]),
        ("calls", "calls", [float(one.calls) for one in passes]),
        ("ratio", "1", [one.seconds / one.plain for one in passes]),
    )
    for metric, unit, found in costs:
        name = f"{size}:{KINDS[metric]}"
        yield from (Value(name, "pass", unit, cost, higher_is_better=False) for cost in found)
        yield Value(name, metric, unit, geometric_mean(found), higher_is_better=False)
