"""Why a source cannot be had."""

from __future__ import annotations

from typing import Any, Final

AVAILABLE: Final = {"available": True, "reason": "", "hint": ""}
"""What modules return of a source that can be had."""


class UnavailableError(Exception):
    """A source that cannot be had; trying elsewhere would hide what is wrong.

    Attributes:
        reason: what is wrong, with the component and the source.
        hint: what to do about it.
    """

    def __init__(self, reason: str, hint: str) -> None:
        """Keep both.

        Args:
            reason: what is wrong.
            hint: what to do about it.
        """
        super().__init__(reason)
        self.reason = reason
        self.hint = hint

    def outcome(self) -> dict[str, Any]:
        """What modules return of the source: it is no failure of theirs."""
        return {"available": False, "reason": self.reason, "hint": self.hint}


class UnreachableError(Exception):
    """A provider does not answer, or has not got it: the next one may."""
