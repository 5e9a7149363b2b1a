"""Run other programs."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

COMPLAINT = re.compile(r"^(?:fatal|error|E|tar|dpkg-source: error): ?|: error: ", re.IGNORECASE)


class CommandError(Exception):
    """A program failed.

    Attributes:
        output: all that it said on stderr.
    """

    def __init__(self, message: str, output: str = "") -> None:
        """Keep both.

        Args:
            message: a line that says what failed.
            output: stderr.
        """
        super().__init__(message)
        self.output = output


def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> str:
    """Run a program and give its stdout.

    Args:
        argv: program and arguments.
        cwd: folder to run in.
        env: variables on top of the module's own.
        timeout: seconds after which the program is ended.

    Raises:
        CommandError: it failed, took too long or is not there.
    """
    words = [str(word) for word in argv]
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            env={**os.environ, "LC_ALL": "C", **(env or {})},
            timeout=timeout,
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError as error:
        raise CommandError(f"{error.filename} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"no answer within {timeout:.0f} s") from error
    if done.returncode:
        raise CommandError(complaint(done.stderr, words[0]), done.stderr)
    return done.stdout


def complaint(stderr: str, program: str) -> str:
    """The line of an error output that says what is wrong.

    Args:
        stderr: what a program said.
        program: its name, for one that says nothing.
    """
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    matching = [line for line in lines if COMPLAINT.search(line)]
    return next(iter(matching or lines[-1:]), f"{program} failed and said nothing")
