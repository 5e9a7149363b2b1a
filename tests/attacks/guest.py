"""A guest below an SVSM, as who attacks it has it: root's shell."""

from __future__ import annotations

import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from plugins.module_utils.fleet import ssh
from plugins.module_utils.fleet.vm import Vm

if TYPE_CHECKING:
    from collections.abc import Sequence

TOOL = "/usr/local/sbin/svsm-measure"
SECONDS = 600


@dataclass(frozen=True, slots=True)
class Guest:
    """A VM and the keys to it."""

    port: int
    keys: Path

    def run(self, script: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run a shell script in it; its exit status is the caller's to judge."""
        words = ssh.command(Vm("vm1", Path("/"), self.port), self.keys, script)
        return subprocess.run(words, input=stdin, capture_output=True, check=False, timeout=SECONDS)

    def say(self, script: str) -> str:
        """Run a script that must succeed; return what it printed.

        Raises:
            RuntimeError: it failed, with its own words.
        """
        done = self.run(script)
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise RuntimeError(f"{script!r:.200} ended with {done.returncode}: {said}")
        return done.stdout.decode()

    def measure(self, things: str, nonce: bytes | None = None) -> Answer:
        """Have things measured (arguments of svsm-measure) with a fresh nonce, or this one.

        Raises:
            RuntimeError: the tool failed.
        """
        nonce = nonce or secrets.token_bytes(64)
        command = f"{TOOL} {things} --nonce {nonce.hex()} -o /tmp/evidence"
        self.say(command)
        done = self.run("cat /tmp/evidence")
        return Answer(nonce, done.stdout)


@dataclass(frozen=True, slots=True)
class Answer:
    """Evidence, and the nonce that it has to answer."""

    nonce: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table of attacks.

    Attributes:
        attack: what is tried.
        wanted: the reason or error that has to come of it.
        seen: what came.
    """

    attack: str
    wanted: str
    seen: Sequence[str]

    @property
    def good(self) -> bool:
        """Whether what had to come is among what came."""
        return self.wanted in self.seen
