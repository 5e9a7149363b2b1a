"""Errors that a user can act on."""


class TestbedError(Exception):
    """A fault that names the thing at fault and how to mend it.

    Attributes:
        message: what is wrong, naming the file, cell, host or variable.
        hint: what to do about it; empty where the message says it all.
    """

    __test__ = False  # pytest would otherwise try to collect it

    def __init__(self, message: str, hint: str = "") -> None:
        """Keep message and hint apart, for JUnit and the console show them apart."""
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """One line: the message, then the hint."""
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UsageError(TestbedError):
    """The user asked for something that cannot be: exit status 2."""
