"""Why the VMs of a fleet cannot be pinned, said so that a person can act on it."""

from __future__ import annotations


class PinningError(Exception):
    """No plan fits.

    Attributes:
        hint: what would fit.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        """Keep message and hint apart: preflight and JUnit show them apart."""
        super().__init__(message)
        self.hint = hint
