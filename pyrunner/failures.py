"""Failed checks: a reason for programs, and a sentence for people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from pyrunner.errors import TestbedError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

R = TypeVar("R", bound=StrEnum)
R_co = TypeVar("R_co", bound=StrEnum, covariant=True)


# Without slots: Python 3.11 cannot make a frozen one with slots by the name of a parametrised type.
@dataclass(frozen=True)
class Failure(Generic[R_co]):
    """One thing that is wrong.

    Attributes:
        reason: which check failed.
        message: what was seen and what was wanted, in one line.
    """

    reason: R_co
    message: str


class FailuresError(TestbedError, Generic[R]):
    """Something that cannot be taken in, with all that is wrong with it.

    Attributes:
        failures: at least one.
    """

    def __init__(self, failures: Iterable[Failure[R]]) -> None:
        """Keep the failures; the message joins theirs."""
        self.failures = tuple(failures)
        super().__init__("; ".join(failure.message for failure in self.failures))

    @classmethod
    def of(cls, reason: R, message: str) -> Self:
        """Make an error of a single failure."""
        return cls([Failure(reason, message)])
