"""Provider `git`: a commit of a repository, with the submodules that the build needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import trees
from .command import CommandError, run
from .errors import UnavailableError, UnreachableError
from .packed import TREE, Packed

if TYPE_CHECKING:
    from pathlib import Path

MISSING = re.compile(
    r"not our ref|couldn't find remote ref|unadvertised object|did not contain|no such commit"
    r"|bad object"
)
NO_QUESTIONS = {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -o BatchMode=yes"}


@dataclass(frozen=True)
class Git(Packed):
    """A commit.

    Attributes:
        component: whose.
        url: the repository.
        commit: all 40 digits.
        submodules: paths of those to take along.
        timeout: seconds without an answer after which the server counts as unreachable.
    """

    component: str
    url: str
    commit: str
    submodules: tuple[str, ...]
    timeout: float
    name = "git"

    @property
    def where(self) -> str:
        """For messages."""
        return f"{self.url} at {self.commit[:12]}"

    def identity(self) -> dict[str, Any]:
        """What it is, wherever it comes from."""
        return {
            "provider": self.name,
            "commit": self.commit,
            "submodules": sorted(self.submodules),
        }

    def fetch(self, folder: Path) -> None:
        """Check the commit out and pack it.

        Args:
            folder: empty, to be filled.

        Raises:
            UnreachableError: the server does not answer.
            UnavailableError: the repository has not got the commit.
        """
        work = folder / "work"
        try:
            self.checkout(work)
        except CommandError as error:
            if MISSING.search(error.output):
                raise UnavailableError(
                    f"{self.component}: {self.url} has no commit {self.commit}: {error}",
                    f"take a commit that is there: move the pin of {self.component}, or set"
                    f" {self.component}_source_url to a repository that has it",
                ) from error
            raise UnreachableError(str(error)) from error
        trees.pack(work, folder / TREE)
        trees.discard(work)

    def checkout(self, work: Path) -> None:
        """Check out the commit, without any history.

        Args:
            work: the folder to make.
        """
        work.mkdir()
        self.git(work, "init", "--quiet")
        self.git(work, "remote", "add", "origin", self.url)
        # git has no time limit of its own for servers that do not answer at all.
        self.git(work, "ls-remote", "--quiet", "origin", "HEAD", timeout=self.timeout)
        self.git(work, "fetch", "--quiet", "--depth=1", "origin", self.commit)
        self.git(work, "checkout", "--quiet", "--detach", "FETCH_HEAD")
        if self.submodules:
            self.git(
                work,
                *("submodule", "update", "--quiet", "--init", "--depth=1", "--"),
                *self.submodules,
            )

    def git(self, work: Path, *words: str, timeout: float | None = None) -> None:
        """Run git in the checkout.

        Args:
            work: the checkout.
            words: arguments.
            timeout: seconds after which it is ended.
        """
        patience = ("-c", "http.lowSpeedLimit=1000", "-c", f"http.lowSpeedTime={self.timeout:.0f}")
        here = self.url.startswith(("file:", "/"))
        local = ("-c", "protocol.file.allow=always") if here else ()
        advice = ("-c", "advice.detachedHead=false", "-c", "init.defaultBranch=none")
        run(
            ["git", *patience, *local, *advice, *words],
            cwd=work,
            env={**NO_QUESTIONS, "GIT_CEILING_DIRECTORIES": str(work.parent)},
            timeout=timeout,
        )
