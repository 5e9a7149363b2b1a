"""What was looked at, and what was found there."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["none", "left", "skipped"]


@dataclass(frozen=True)
class Finding:
    """Something that is left.

    Attributes:
        what: it, for a person who wants to find it.
        hint: how to end it.
        path: what may simply be removed: nobody works in it, nothing is mounted below it. Empty
            for all that takes more.
    """

    what: str
    hint: str
    path: str = ""


@dataclass(frozen=True)
class Answer:
    """What became of the look at one kind.

    Attributes:
        kind: stable name, for example ``qemu``.
        title: what was looked for.
        status: ``none``; ``left``; ``skipped`` where there is nothing to look at or no way to.
        detail: what was seen; why it was skipped.
        findings: what is left; only with that status.
    """

    kind: str
    title: str
    status: Status
    detail: str = ""
    findings: tuple[Finding, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The answer for JSON."""
        return {**asdict(self), "findings": [asdict(finding) for finding in self.findings]}


@dataclass(frozen=True)
class Kind:
    """A kind's name, from which its answers are made."""

    id: str
    title: str

    def judged(self, findings: list[Finding], detail: str = "") -> Answer:
        """All that was to be seen was seen."""
        status: Status = "left" if findings else "none"
        return Answer(self.id, self.title, status, detail, tuple(findings))

    def skipped(self, reason: str) -> Answer:
        """It was not looked at."""
        return Answer(self.id, self.title, "skipped", reason)
