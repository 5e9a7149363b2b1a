"""Small checks of values that users and inventories give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pyrunner.errors import UsageError
from pyrunner.model import NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Word = TypeVar("Word", bound=str)


def name(value: object, what: str) -> str:
    """Check a name that becomes a folder's name.

    Raises:
        UsageError: it has characters that a folder's name should not have.
    """
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise UsageError(
            f"{what}: {value!r} cannot be a name",
            "letters, digits, dots, dashes, underscores, at most 64; first a letter or digit",
        )
    return value


def integer(value: object, what: str, most: int) -> int:
    """Check a whole number from 1 to ``most``.

    Raises:
        UsageError: it is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise UsageError(f"{what}: {value!r} is not a whole number from 1 to {most}")
    return value


def fraction(value: object, what: str) -> float:
    """Check a number from 0 to below 1.

    Raises:
        UsageError: it is something else.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1:
        raise UsageError(f"{what}: {value!r} is not a number from 0 to below 1", "0.05 means 5 %")
    return float(value)


def words(values: object, what: str, known: Sequence[Word]) -> tuple[Word, ...]:
    """Check that all ``values`` are known words; duplicates are dropped, the order is kept.

    Raises:
        UsageError: a value is not a known word.
    """
    if not isinstance(values, (list, tuple)):
        raise UsageError(f"{what}: a list is wanted, not {values!r}")
    return tuple(dict.fromkeys(_word(value, what, known) for value in values))


def _word(value: object, what: str, known: Iterable[Word]) -> Word:
    """Find ``value`` among the known words."""
    for word in known:
        if word == value:
            return word
    raise UsageError(f"{what}: unknown {value!r}", f"choose from: {', '.join(known)}")


def mapping(data: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    """Take the object ``data[key]``; a missing one is empty.

    Raises:
        UsageError: it is no object.
    """
    value = data.get(key) or {}
    if not isinstance(value, dict):
        raise UsageError(f"{where}: {key}: an object is wanted, not {value!r}")
    return value
