"""Stamped streams of one VM: JSON lines with a time that never goes backwards."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pyrunner.errors import TestbedError
from pyrunner.files import read_text

if TYPE_CHECKING:
    from pathlib import Path

CUT = "the recording was cut short: run the cell again"


@dataclass(frozen=True)
class Record:
    """One stamped record.

    Attributes:
        t: host's monotonic clock in s.
        data: the whole record.
    """

    t: float
    data: dict[str, Any]


def read_stream(path: Path, source: str, *, ends: bool) -> list[Record]:
    """Read one ``<source>.jsonl`` of one VM; the VM is the name of the folder.

    Args:
        path: the file.
        source: what every record must have as ``source``.
        ends: whether the last record must be ``"eof": true``; it is not returned.

    Raises:
        TestbedError: the file is missing, truncated or unparsable, its records are another
            stream's, or its clock goes backwards.
    """
    where = f"{path.parent.name}: {path.name}"
    text = read_text(path)
    if text and not text.endswith("\n"):
        raise TestbedError(f"{where}: truncated: its last line is not complete", CUT)
    lines = enumerate(text.split("\n")[:-1], 1)
    records = [_record(line, source, f"{where} line {number}") for number, line in lines]
    _check_clock(records, where)
    return _without_end(records, where) if ends else records


def _record(line: str, source: str, where: str) -> Record:
    """Read one line."""
    try:
        data = json.loads(line)
    except ValueError as error:
        raise TestbedError(f"{where}: not JSON: {line[:60]!r}", CUT) from error
    t = data.get("t") if isinstance(data, dict) else None
    if isinstance(t, bool) or not isinstance(t, (int, float)) or not math.isfinite(t):
        raise TestbedError(f"{where}: no time in {line[:60]!r}", CUT)
    if data.get("source") != source:
        raise TestbedError(f"{where}: source is {data.get('source')!r}, not {source!r}")
    return Record(float(t), data)


def _check_clock(records: list[Record], where: str) -> None:
    """See that time does not go backwards."""
    for number, (before, after) in enumerate(pairwise(records), 2):
        if after.t < before.t:
            raise TestbedError(
                f"{where} line {number}: the clock goes backwards, "
                f"from {before.t:.6f} s to {after.t:.6f} s ({_what(after)})",
                "records of two recordings are mixed: run the cell again",
            )


def _what(record: Record) -> str:
    """Say what a record is about."""
    return ", ".join(f"{k}={v!r}" for k, v in record.data.items() if k not in ("t", "source"))


def _without_end(records: list[Record], where: str) -> list[Record]:
    """Check and drop the last record."""
    ends = [number for number, record in enumerate(records, 1) if "eof" in record.data]
    if not ends:
        raise TestbedError(f"{where}: truncated: the record of its end is missing", CUT)
    if ends != [len(records)]:
        raise TestbedError(f"{where} line {ends[0]}: the stream ends here, yet goes on", CUT)
    return records[:-1]
