"""One pass of one UnixBench test, out of the log."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from pyrunner.errors import TestbedError

FIELD: Final = re.compile(r"^# (\w+): ?(.*)$", re.MULTILINE)
CUT: Final = "the log was truncated or UnixBench did not finish: run the cell again"


@dataclass(frozen=True)
class Pass:
    """One pass: the sum of its copies' counts, their mean time in s.

    Attributes:
        timebase: the count is per this many s; 0 if it is a rate already.
    """

    count: float
    timebase: float
    seconds: float
    unit: str

    @property
    def rate(self) -> float:
        """The pass's result, in ``unit``."""
        if self.timebase > 0 and self.seconds > 0:
            return self.count / (self.seconds / self.timebase)
        return self.count


def read_pass(body: str, copies: int, where: str) -> Pass:
    """Sum up the copies of one pass, as Run does.

    Args:
        body: the pass's part of the log: ``# key: value`` lines, a block for each copy.
        copies: how many copies ran at once.
        where: what messages call it.

    Raises:
        TestbedError: a copy is missing, failed, or has no proper result.
    """
    blocks = [dict(FIELD.findall(block)) for block in re.split(r"\n\s*\n", body)]
    blocks = [block for block in blocks if block]
    for block in blocks:
        if "ERROR" in block:
            raise TestbedError(f"{where}: failed: {block['ERROR']}", "look at the log in the VM")
    if len(blocks) != copies or any("status" not in block for block in blocks):
        raise TestbedError(f"{where}: has results of {len(blocks)} of {copies} copies", CUT)
    times = [_time(block, where) for block in blocks]
    return Pass(
        count=sum(_number(block, "COUNT0", where) for block in blocks),
        timebase=_number(blocks[0], "COUNT1", where),
        seconds=sum(times) / copies,
        unit=blocks[0].get("COUNT2", ""),
    )


def _time(block: dict[str, str], where: str) -> float:
    """Time of a copy, in s: what the test says, else what Run measured."""
    told = _number(block, "TIME", where) if block.get("TIME") else 0.0
    return told or _number(block, "elapsed", where)


def _number(block: dict[str, str], key: str, where: str) -> float:
    """Take a number out of a copy's results."""
    try:
        value = float(block[key])
    except (KeyError, ValueError) as error:
        raise TestbedError(f"{where}: {key} is {block.get(key)!r}, not a number", CUT) from error
    if not 0 <= value < math.inf:
        raise TestbedError(f"{where}: {key} is {value!r}")
    return value
