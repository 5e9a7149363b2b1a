"""A running ansible-playbook: wait for it, interrupt it, kill it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

POLL_SECONDS = 0.2


@dataclass
class Playing:
    """A playbook that runs or ran.

    Attributes:
        log: file with all that it said.
    """

    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(cls, words: list[str], folder: Path, log: Path) -> Playing:
        """Start it as the leader of a process group, as a shell does with a job."""
        with log.open("wb") as out:
            process = subprocess.Popen(
                words,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
            )
        return cls(process, log)

    @property
    def status(self) -> int:
        """Its exit status; it has ended."""
        assert self.process.returncode is not None
        return self.process.returncode

    @property
    def changed(self) -> int:
        """How many tasks changed something, of all hosts, by its recap."""
        return sum(int(number) for number in re.findall(r"changed=(\d+)", self.said))

    @property
    def said(self) -> str:
        """All that it said so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def faults(self) -> list[str]:
        """What its tasks said that failed, each in a line."""
        found = re.findall(r"^(?:fatal|failed): .*(?:\n .*)*", self.said, re.MULTILINE)
        return [" ".join(fault.split()) for fault in found]

    @property
    def told(self) -> str:
        """What to show of it when a test fails: what went wrong, and how it ended."""
        return "\n".join([*(fault[:1500] for fault in self.faults), self.said[-1500:]])

    def wait(self, seconds: float) -> None:
        """Wait for its end."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"not done in {seconds:.0f} s: {self.told}") from None

    def until(self, condition: Callable[[], bool], what: str, seconds: float = 240) -> None:
        """Wait for something to happen while it runs."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, f"ended before {what}: {self.told}"
            assert time.monotonic() < deadline, f"no {what}: {self.told}"
            time.sleep(POLL_SECONDS)

    def interrupt(self, seconds: float = 60) -> None:
        """Press Ctrl-C: the terminal signals the whole process group."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.wait(seconds)

    def kill(self) -> None:
        """Kill -9 the whole process group."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
