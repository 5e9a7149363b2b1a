"""CSV files with fixed columns, streamed a row at a time; errors name file and line."""

from __future__ import annotations

import csv
import math
import re
from typing import TYPE_CHECKING, Final

from pyrunner.errors import TestbedError
from pyrunner.results.files import scratch, settle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

FLOAT: Final = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
"""What ``repr`` of a finite float looks like (``float`` alone would take ``1_0`` or ``nan``)."""

TAMPER_HINT: Final = "the file was cut or edited: move the cell's folder away and resume"


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, fields) of each row below the header.

    Args:
        path: the CSV file, UTF-8.
        columns: the header that the file must have, in this order.

    Raises:
        TestbedError: the file is missing, is not CSV, or has other columns.
    """
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            reader = csv.reader(handle, strict=True)
            if next(reader, None) != list(columns):
                raise TestbedError(f"{path}:1: the header is not {','.join(columns)}", TAMPER_HINT)
            width = len(columns)
            for fields in reader:
                if len(fields) != width:
                    raise at_line(path, reader.line_num, f"{len(fields)} fields, not {width}")
                yield reader.line_num, fields
    except (csv.Error, UnicodeDecodeError) as error:
        raise TestbedError(f"{path}: not a CSV file in UTF-8: {error}", TAMPER_HINT) from error
    except OSError as error:
        raise TestbedError(f"cannot read {path}: {error.strerror}", TAMPER_HINT) from error


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bool:
    """Write header and rows whole or not at all; tell whether that changed the file."""
    with scratch(path) as draft:
        with draft.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)
        return settle(draft, path)


def at_line(path: Path, line: int, what: str) -> TestbedError:
    """The error for one bad row, in the form that editors jump to."""
    return TestbedError(f"{path}:{line}: {what}", TAMPER_HINT)


def finite(text: str, column: str) -> float:
    """Read a finite float.

    Raises:
        ValueError: it is something else; the message names the column.
    """
    value = float(text) if FLOAT.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise ValueError(f"{column} is {text!r}, not a finite number")
    return value


def natural(text: str, column: str) -> int:
    """Read a whole number of at least 1.

    Raises:
        ValueError: it is something else; the message names the column.
    """
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise ValueError(f"{column} is {text!r}, not a whole number above 0")
    return int(text)


def word(text: str, column: str, known: Iterable[str]) -> str:
    """Read one of the known words.

    Raises:
        ValueError: it is something else; the message names column and words.
    """
    if text not in known:
        raise ValueError(f"{column} is {text!r}, not one of {', '.join(sorted(known))}")
    return text
