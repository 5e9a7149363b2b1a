"""Fleet sizes as users write them: numbers and ranges, like ``1,2,4-8``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pyrunner.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_VMS: Final = 509
"""An SNP host has at most 509 encryption keys for SNP guests; a larger fleet is a typing error."""
ENTRY: Final = re.compile(r"\s*(\d{1,9})(?:\s*-\s*(\d{1,9}))?\s*", re.ASCII)


def fleet_sizes(wanted: object, what: str) -> list[int]:
    """Read fleet sizes; ascending, each once.

    Args:
        wanted: a text like ``1,2,4-8``, a number, or a list of numbers and such texts.
        what: what to call it in a complaint.

    Raises:
        UsageError: it is something else, or a size that no host could run.
    """
    entries: Iterable[object] = wanted if isinstance(wanted, list) else str(wanted).split(",")
    found = sorted({size for entry in entries for size in _entry(entry, what)})
    if not found:
        raise UsageError(f"{what}: no fleet size was asked for", "write them like 1,8 or 1-8")
    return found


def _entry(entry: object, what: str) -> range:
    """Read one number or range."""
    match = ENTRY.fullmatch(str(entry)) if isinstance(entry, (int, str)) else None
    if match is None:
        hint = "whole numbers and ranges are wanted, like 1,8 or 1-8"
        raise UsageError(f"{what}: {entry!r} is no fleet size", hint)
    first, last = int(match[1]), int(match[2] or match[1])
    if not 1 <= first <= last <= MOST_VMS:
        hint = f"a fleet has 1 to {MOST_VMS} VMs, and a range goes from the smaller to the larger"
        raise UsageError(f"{what}: {entry} is no fleet size", hint)
    return range(first, last + 1)
