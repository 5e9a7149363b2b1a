"""Sizes as people write them, like ``64KiB``."""

from __future__ import annotations

import re
from typing import Final

from pyrunner.errors import TestbedError

SIZE: Final = re.compile(r"([1-9]\d*)(KiB|MiB|GiB)", re.ASCII)
FACTORS: Final = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def size_bytes(size: str) -> int:
    """Turn ``64KiB`` into bytes.

    Raises:
        TestbedError: it is no such size.
    """
    if (found := SIZE.fullmatch(size)) is None:
        raise TestbedError(f"{size!r} is no size", "write it like 4KiB, 1MiB or 2GiB")
    return int(found[1]) * FACTORS[found[2]]
