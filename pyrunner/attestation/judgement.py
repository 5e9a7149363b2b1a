"""What a verdict says of whatever was judged: a report by itself, or evidence with one in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from enum import StrEnum

    from pyrunner.attestation.report import Report
    from pyrunner.attestation.roots import Trust
    from pyrunner.failures import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What came of it.

    Attributes:
        report: None if it could not be taken apart.
        trust: whose root the report's chain ends in; None if in none that is trusted.
        failures: everything that is wrong.
        unreadable_reasons: those of failures that a file causes which is not what it was given as.
    """

    unreadable_reasons: ClassVar[frozenset[StrEnum]]

    report: Report | None
    trust: Trust | None
    failures: tuple[Failure[StrEnum], ...]

    @property
    def verified(self) -> bool:
        """Whether report and chain were read and nothing at all is wrong with them."""
        return self.report is not None and self.trust is not None and not self.failures

    @property
    def emulated(self) -> bool:
        """Whether it is verified, but by an emulated root."""
        return self.verified and self.trust is not None and self.trust.emulated

    @property
    def unreadable(self) -> bool:
        """Whether a file is not what it was given as."""
        return any(failure.reason in self.unreadable_reasons for failure in self.failures)
