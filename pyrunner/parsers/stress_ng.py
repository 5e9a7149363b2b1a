"""stress-ng: one YAML a stressor and pass; the score is the rate of bogo operations in real time.

stress-ng 0.15 (Debian 12) to 0.19 (Debian 13) name the keys that are needed here alike; all others
are ignored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import yaml

from pyrunner.errors import TestbedError
from pyrunner.files import read_text
from pyrunner.parsers.value import Value, geometric_mean
from pyrunner.parsers.values import number, texts, whole

if TYPE_CHECKING:
    from pathlib import Path

    from pyrunner.parsers.suite import SuiteFiles

UNIT: Final = "bogo_ops/s"
RATE: Final = "bogo-ops-per-second-real-time"
OPERATIONS: Final = "bogo-ops"
WALL: Final = "wall-clock-time"
ROUNDING: Final = 1e-4
"""stress-ng prints rates and times with six decimals; a short pass may lose a little more."""
LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
CUT: Final = "stress-ng did not finish writing it: run the cell again"


def parse(files: SuiteFiles) -> list[Value]:
    """Give all passes and the score of every stressor in one VM.

    Args:
        files: with ``request.json``: ``{"benchmarks": ["fork", ...], "passes": 2}`` and
            ``<stressor>-<pass>.yaml`` of each, passes counted from 1.

    Raises:
        TestbedError: a pass is missing, truncated or garbled, did nothing, or contradicts itself.
    """
    request = files.request()
    passes = whole(request, "passes", f"{files.where}: request.json")
    values: list[Value] = []
    for stressor in texts(request, "benchmarks", f"{files.where}: request.json"):
        rates = [_pass(files, stressor, turn) for turn in range(1, passes + 1)]
        values += [Value(stressor, "pass", UNIT, rate) for rate in rates]
        values.append(Value(stressor, "score", UNIT, geometric_mean(rates)))
    return values


def _pass(files: SuiteFiles, stressor: str, turn: int) -> float:
    """Rate of one pass, in bogo operations per s."""
    name = f"{stressor}-{turn}.yaml"
    where = f"{files.where}: {name}"
    metrics = _metrics(files.file(name, f"stressor {stressor}, pass {turn}"), where)
    found = [entry for entry in metrics if entry.get("stressor") == stressor]
    if len(found) != 1:
        raise TestbedError(
            f"{where}: stressor {stressor} is there {len(found)} times, not once",
            "stress-ng skips what it cannot run: look at its log",
        )
    return _rate(found[0], where)


def _rate(entry: dict[str, Any], where: str) -> float:
    """Take the rate and see that it follows from operations and time."""
    operations = number(entry, OPERATIONS, where)
    rate, wall = number(entry, RATE, where), number(entry, WALL, where)
    if operations <= 0 or rate <= 0:
        message = f"{where}: stressor {entry['stressor']} did nothing (0 bogo operations)"
        raise TestbedError(message, "its passes are too short for this machine, or it failed")
    if wall <= 0 or abs(operations / wall - rate) > ROUNDING * rate:
        raise TestbedError(
            f"{where}: {operations:g} operations in {wall:g} s are not {rate:g} a second",
            "the file was altered, or this stress-ng counts in another way",
        )
    return rate


def _metrics(path: Path, where: str) -> list[dict[str, Any]]:
    """Read the metrics of a YAML file; ``...`` ends it, else it was cut."""
    text = read_text(path)
    if not text.rstrip().endswith("\n..."):
        raise TestbedError(f"{where}: truncated: the end of the document is missing", CUT)
    try:
        data = yaml.load(_section(text), LOADER)  # noqa: S506 - both loaders are the safe ones
    except yaml.YAMLError as error:
        raise TestbedError(f"{where}: not YAML: {error}", CUT) from error
    metrics = data.get("metrics") if isinstance(data, dict) else None
    if not isinstance(metrics, list) or not all(isinstance(entry, dict) for entry in metrics):
        raise TestbedError(f"{where}: it has no list of metrics", CUT)
    return metrics


def _section(text: str) -> str:
    """Cut out the metrics.

    stress-ng 0.19.02 (Debian 13), built with SOURCE_DATE_EPOCH set, writes one key of its
    ``build-info`` without indentation, so that the document as a whole is no YAML.
    """
    _, found, rest = text.partition("\nmetrics:")
    return f"metrics:{rest}" if found else text
