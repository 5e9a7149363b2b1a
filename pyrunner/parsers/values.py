"""Numbers and objects out of raw JSON, checked; errors name where they stand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pyrunner.errors import TestbedError

if TYPE_CHECKING:
    from collections.abc import Mapping


def number(data: Mapping[str, Any], key: str, where: str) -> float:
    """Take a finite number.

    Raises:
        TestbedError: it is missing or something else.
    """
    value = data.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TestbedError(f"{where}: {key} is {value!r}, not a number")
    return float(value)


def whole(data: Mapping[str, Any], key: str, where: str) -> int:
    """Take a whole number of at least 1.

    Raises:
        TestbedError: it is missing or something else.
    """
    value = data.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise TestbedError(f"{where}: {key} is {value!r}, not a whole number above 0")
    return value


def table(data: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    """Take an object.

    Raises:
        TestbedError: it is missing or something else.
    """
    value = data.get(key)
    if not isinstance(value, dict):
        raise TestbedError(f"{where}: {key} is {value!r}, not an object")
    return value


def texts(data: Mapping[str, Any], key: str, where: str) -> list[str]:
    """Take a list of texts that is not empty.

    Raises:
        TestbedError: it is missing, empty, or something else.
    """
    value = data.get(key)
    if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
        raise TestbedError(f"{where}: {key} is {value!r}, not a list of names")
    return value
