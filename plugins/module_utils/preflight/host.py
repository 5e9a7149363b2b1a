"""Access to the host: its files, its devices, its programs. Nothing here changes anything."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SYSTEM_PATH: Final = "/usr/local/sbin:/usr/sbin:/sbin"
"""Where mke2fs and its like are; not in the PATH of an ordinary Debian user."""

TIMEOUT_SECONDS: Final = 10
MIB: Final = 1024 * 1024


@dataclass(frozen=True)
class Output:
    """What a program answered.

    Attributes:
        status: exit status; 127 if it could not be started, 124 if it took too long.
        text: standard output; standard error where the program failed.
        stdout: standard output, whether or not the program failed.
    """

    status: int
    text: str
    stdout: str = ""


@dataclass(frozen=True)
class Owner:
    """Whose a device is and who may do what with it, as ``stat`` tells."""

    uid: int
    gid: int
    mode: int


class Host:
    """The machine this code runs on.

    Attributes:
        root: where its ``/`` is; another folder only for recorded hosts.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        """Look at the machine below `root`."""
        self.root = root

    def at(self, path: str) -> Path:
        """Where the host's absolute `path` is found."""
        return self.root / path.lstrip("/")

    def read(self, path: str) -> str | None:
        """The text of a file without the white space around it, or None if it cannot be read."""
        try:
            return self.at(path).read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return None

    def exists(self, path: str) -> bool:
        """Whether the host has that path."""
        return self.at(path).exists()

    def glob(self, pattern: str) -> list[str]:
        """The host's absolute paths that match `pattern`, sorted."""
        found = self.root.glob(pattern.lstrip("/"))
        return sorted("/" + str(path.relative_to(self.root)) for path in found)

    def open_problem(self, device: str) -> str:
        """Why this user cannot open `device` for reading and writing; empty if it opens."""
        try:
            os.close(os.open(self.at(device), os.O_RDWR | os.O_CLOEXEC))
        except OSError as error:
            return error.strerror or str(error)
        return ""

    def owner(self, path: str) -> Owner | None:
        """Owner, group and permissions of a path, None if there is no such path."""
        try:
            seen = self.at(path).stat()
        except OSError:
            return None
        return Owner(seen.st_uid, seen.st_gid, stat.S_IMODE(seen.st_mode))

    def free_mib(self, path: str) -> int:
        """Space for an ordinary user on the file system where `path` is or will be, in MiB."""
        place = self.at(path)
        while not place.exists():
            place = place.parent
        return shutil.disk_usage(place).free // MIB

    def user(self) -> tuple[str, int]:
        """Name and number of the user who asks."""
        uid = os.geteuid()
        try:
            return pwd.getpwuid(uid).pw_name, uid
        except KeyError:
            return str(uid), uid

    def which(self, program: str) -> str | None:
        """The absolute path of `program`, or None."""
        path = f"{os.environ.get('PATH', os.defpath)}:{SYSTEM_PATH}"
        return shutil.which(program, path=path)

    def run(self, argv: list[str]) -> Output:
        """Run a program that only shows something."""
        try:
            done = subprocess.run(
                argv,
                capture_output=True,
                check=False,
                encoding="utf-8",
                env={**os.environ, "LC_ALL": "C"},
                errors="replace",
                stdin=subprocess.DEVNULL,
                timeout=TIMEOUT_SECONDS,
            )
        except OSError as error:
            return Output(127, str(error))
        except subprocess.TimeoutExpired:
            return Output(124, f"{argv[0]} did not answer within {TIMEOUT_SECONDS} s")
        text = done.stdout if done.returncode == 0 else done.stderr
        return Output(done.returncode, text, done.stdout)
