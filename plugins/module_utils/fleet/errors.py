"""What goes wrong with a fleet, said so that a person can act on it."""

from __future__ import annotations


class FleetError(Exception):
    """A fault of a fleet.

    Attributes:
        hint: what to do about it.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        """Keep message and hint apart: JUnit and the console show them apart."""
        super().__init__(message)
        self.hint = hint
