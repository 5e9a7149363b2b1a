"""A local copy of a source, on the machine where Ansible runs."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import trees
from .command import CommandError, run
from .errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

# The user has named the folder: whose it is does not matter.
TRUST = ("-c", "safe.directory=*")


@dataclass(frozen=True)
class LocalCopy:
    """A path that a user gave.

    Attributes:
        component: whose.
        path: a checkout, a folder, a repository without working tree, or a tar archive.
        commit: what is taken of a repository without working tree; empty for its HEAD.
        marks: files that any tree of the component has.
    """

    component: str
    path: Path
    commit: str
    marks: tuple[str, ...]

    def identity(self) -> dict[str, Any]:
        """What it is: a commit where that says all, a digest elsewhere.

        Raises:
            UnavailableError: it is not there, or something else.
        """
        try:
            if self.path.is_file():
                return {"sha256": trees.sha256(self.path)}
            if not self.path.is_dir():
                raise self.refused("does not exist", "on the machine where Ansible runs")
            if self.is_repository:
                return {"commit": self.pinned(), "submodules": []}
            self.check(lambda mark: (self.path / mark).exists())
            return self.clean_commit() or {"sha256": self.digest()}
        except (OSError, CommandError) as error:
            raise self.refused(f"cannot be read: {error}", "that can") from error

    def refused(self, what: str, instead: str) -> UnavailableError:
        """The error to raise.

        Args:
            what: is wrong with the path.
            instead: what it should be.
        """
        name = f"{self.component}_source_path"
        return UnavailableError(
            f"{self.component}: {name}={self.path} {what}",
            f"give {name} the path of a copy of {self.component} {instead}",
        )

    @property
    def is_repository(self) -> bool:
        """Whether it is a git repository without working tree."""
        return all((self.path / name).exists() for name in ("HEAD", "objects", "refs"))

    @property
    def is_checkout(self) -> bool:
        """Whether it is the top of a working tree."""
        return (self.path / ".git").exists()

    def git(self, *words: str, env: dict[str, str] | None = None) -> str:
        """Run git on it.

        Args:
            words: arguments.
            env: variables.
        """
        place = ("--git-dir", self.path) if self.is_repository else ("-C", self.path)
        return run(["git", *TRUST, *place, *words], env=env)

    def pinned(self) -> str:
        """The commit to take of a repository without working tree.

        Raises:
            UnavailableError: it is not there, or another component's.
        """
        wanted = self.commit or "HEAD"
        try:
            commit = self.git("rev-parse", "--verify", "--quiet", f"{wanted}^{{commit}}").strip()
        except CommandError as error:
            raise self.refused(f"has no commit {wanted}", "that has it, or move the pin") from error
        files = set(self.git("ls-tree", "-r", "-z", "--name-only", commit).split("\0"))
        self.check(files.__contains__)
        return commit

    def check(self, has: Callable[[str], bool]) -> None:
        """See that it is the component at all.

        Args:
            has: whether a file is in it.

        Raises:
            UnavailableError: it is something else.
        """
        absent = [mark for mark in self.marks if not has(mark)]
        if absent:
            raise self.refused(f"is something else: it has no {' and no '.join(absent)}", "itself")

    def clean_commit(self) -> dict[str, Any]:
        """The commit of a checkout without changes; nothing for anything else."""
        if not self.is_checkout or self.git("status", "--porcelain", "--ignore-submodules=none"):
            return {}
        states = self.git("submodule", "status", "--recursive").splitlines()
        present = sorted(line.split()[1] for line in states if not line.startswith("-"))
        return {"commit": self.git("rev-parse", "HEAD").strip(), "submodules": present}

    @cached_property
    def files(self) -> bytes:
        """The files that belong to it, each ended by a zero byte, in order.

        Raises:
            UnavailableError: there are none.
        """
        if self.is_checkout:
            listed = self.git("ls-files", "-z", "--cached", "--recurse-submodules")
            listed += self.git("ls-files", "-z", "--others", "--exclude-standard")
            names = {name for name in listed.split("\0") if name}
        else:
            names = {
                os.path.relpath(Path(top) / name, self.path)
                for top, folders, files in os.walk(self.path)
                for name in files + [each for each in folders if (Path(top) / each).is_symlink()]
                if ".git" not in Path(top).relative_to(self.path).parts
            }
        found = sorted(name for name in names if os.path.lexists(self.path / name))
        if not found:
            raise self.refused("has nothing in it", "itself")
        return b"".join(os.fsencode(name) + b"\0" for name in found)

    @property
    def tar(self) -> list[str]:
        """The command that packs it, files named on its stdin."""
        listed = ("--no-recursion", "--null", "--verbatim-files-from", "--files-from=-")
        return ["tar", "--create", *trees.SAME, f"--directory={self.path}", *listed]

    def digest(self) -> str:
        """Digest of names, contents and execute bits."""
        with tempfile.TemporaryFile() as names:
            names.write(self.files)
            names.seek(0)
            with subprocess.Popen(self.tar, stdin=names, stdout=subprocess.PIPE) as packing:
                digest = hashlib.sha256()
                while packing.stdout and (block := packing.stdout.read(trees.BLOCK)):
                    digest.update(block)
        if packing.returncode:
            raise CommandError(f"tar ended with {packing.returncode}")
        return digest.hexdigest()

    def pack(self, archive: Path) -> None:
        """Make a plain tar of it, its content at the top level.

        Args:
            archive: the tar to write.
        """
        if self.path.is_dir() and not self.is_repository:
            subprocess.run([*self.tar, f"--file={archive}"], input=self.files, check=True)
            return
        with tempfile.TemporaryDirectory() as name:
            tree = Path(name) / "tree"
            if self.path.is_file():
                trees.unpack(self.path, tree)
            else:
                self.checkout(tree, Path(name) / "index")
            trees.pack(tree, archive)

    def checkout(self, tree: Path, index: Path) -> None:
        """Check the commit out, without a trace in the repository.

        Args:
            tree: the folder to make.
            index: git's own file on it.
        """
        tree.mkdir()
        env = {"GIT_INDEX_FILE": str(index), "GIT_WORK_TREE": str(tree)}
        self.git("read-tree", self.pinned(), env=env)
        self.git("checkout-index", "--all", "--quiet", env=env)
