"""One VM's part in a benchmark: deliver the suite, wait for go, bring the output back."""

from __future__ import annotations

import hashlib
import io
import subprocess
import tarfile
import threading
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, cast

from . import ssh
from .errors import FleetError

if TYPE_CHECKING:
    from pathlib import Path

    from .vm import Vm

READY = b"READY\n"
STARTED = b"STARTED\n"
STDERR_KEPT = 2000
SSH_FAULT = 255
"""Exit status of OpenSSH for faults of its own."""
END = bytes(1024)
"""How a tar archive ends. tarfile takes one that is cut between two members for a shorter one."""

GUEST = """set -e
umask 077
rm -rf {folder}
mkdir -p {folder}/out
head -c {size} | tar -x -C {folder}
cd {folder}
exec bash ./guest.sh
"""


class Session:
    """A suite in one VM, over one SSH connection.

    The guest's side (``guest.sh``, delivered by the suite's role) prints ``READY``, reads a line,
    says ``STARTED`` on standard error, runs the suite, and then writes a tar archive of its ``out``
    folder to standard output.

    Attributes:
        vm: where it runs.
        go: when this VM was told to start, seconds on the monotonic clock.
        started: when its answer to that came, which is the first line of its suite.
        seconds: how long the suite took, until its output began to come.
    """

    def __init__(self, vm: Vm, suite: str, keys: Path, delivery: bytes) -> None:
        """Connect and deliver; `delivery` is a tar archive with ``guest.sh`` in it."""
        self.vm = vm
        self.suite = suite
        self.delivery = delivery
        self.go = 0.0
        self.started = 0.0
        self.seconds = 0.0
        self.archive = b""
        self.is_ready = threading.Event()
        folder = f"/run/testbed/{suite}"
        remote = GUEST.format(folder=folder, size=len(delivery))
        self.process = subprocess.Popen(
            ssh.command(vm, keys, remote),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.errors = b""
        self.threads = [
            threading.Thread(target=work, daemon=True) for work in (self._talk, self._complaints)
        ]
        for thread in self.threads:
            thread.start()

    def _pipe(self, name: str) -> IO[bytes]:
        """A pipe of the SSH process."""
        return cast("IO[bytes]", getattr(self.process, name))

    def _talk(self) -> None:
        """Deliver the suite, note when the guest is ready, then take its output."""
        with suppress(BrokenPipeError):  # the exit status says what happened
            self._pipe("stdin").write(self.delivery)
            self._pipe("stdin").flush()
        output = self._pipe("stdout")
        if output.readline() == READY:
            self.is_ready.set()
            first = output.read(1)
            self.seconds = time.clock_gettime(time.CLOCK_MONOTONIC) - self.go
            self.archive = first + output.read()

    def _complaints(self) -> None:
        """Note when the guest says that it starts; keep the end of what it complains about."""
        said = b""
        for line in self._pipe("stderr"):
            if line == STARTED and not self.started:
                self.started = time.clock_gettime(time.CLOCK_MONOTONIC)
            else:
                said = (said + line)[-STDERR_KEPT:]
        self.errors = said

    def start(self) -> None:
        """Let the waiting guest begin."""
        self.go = time.clock_gettime(time.CLOCK_MONOTONIC)
        with suppress(BrokenPipeError):
            self._pipe("stdin").write(b"GO\n")
            self._pipe("stdin").close()

    def has_spoken(self) -> bool:
        """Whether the guest waits for go."""
        return self.is_ready.is_set()

    def ended(self) -> bool:
        """Whether the connection is closed and everything has been read."""
        return self.process.poll() is not None and not any(t.is_alive() for t in self.threads)

    def failed(self) -> bool:
        """Whether it has ended without success, or without any output."""
        return self.ended() and (self.process.returncode != 0 or not self.archive)

    def lost(self) -> bool:
        """Whether it ended since the connection broke, not since the guest gave up."""
        return self.ended() and self.process.returncode == SSH_FAULT

    def kill(self) -> None:
        """Give up: end the connection."""
        self.process.kill()
        self.process.wait()

    def complaint(self) -> str:
        """What to say about a session that failed."""
        said = self.errors.decode("utf-8", "replace").strip() or "no message"
        return f"{self.vm.name}, suite {self.suite}: exit status {self.process.returncode}, {said}"

    def save(self, folder: Path) -> dict[str, Any]:
        """Unpack the output into `folder` and return this VM's part of ``<suite>.json``.

        Raises:
            FleetError: the suite failed, or its output did not come whole.
        """
        if self.process.returncode:
            raise FleetError(f"{self.complaint()}", "see the suite's output in that VM's folder")
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with tarfile.open(fileobj=io.BytesIO(self.archive)) as archive:
                unpack(archive, folder)
            if not self.archive.endswith(END):
                raise tarfile.ReadError("it has no end")
        except (tarfile.TarError, EOFError) as error:
            raise FleetError(
                f"{self.vm.name}, suite {self.suite}: its output is truncated ({error})"
            ) from error
        return {
            "go": round(self.go, 6),
            "started": round(self.started, 6),
            "seconds": round(self.seconds, 3),
            "exit": self.process.returncode,
            "files": digests(folder),
        }


def unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Write the plain files of an archive that a guest sent below `folder`.

    A guest is not to be trusted with the host's files: links, devices and names that lead out of
    the folder are refused. (tarfile's own filter is missing in Python 3.11.2, Debian 12's.)

    Raises:
        FleetError: names the member that is no plain file or folder inside.
    """
    for member in archive:
        target = (folder / member.name).resolve()
        if not (member.isfile() or member.isdir()) or not target.is_relative_to(folder.resolve()):
            raise FleetError(f"the guest sent {member.name!r}, which is no plain file of its suite")
        content = archive.extractfile(member)
        if content is not None:  # a folder has none
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.read())


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below `folder`, by relative name."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
