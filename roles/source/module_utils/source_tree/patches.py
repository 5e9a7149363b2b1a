"""Series of patches."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .command import CommandError, run
from .errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Patch:
    """One patch of a series.

    Attributes:
        name: its file name.
        content: its text.
    """

    name: str
    content: str

    def identity(self) -> dict[str, str]:
        """Name and digest."""
        return {"name": self.name, "sha256": hashlib.sha256(self.content.encode()).hexdigest()}


def apply(patches: Sequence[Patch], tree: Path, component: str, source: str) -> None:
    """Apply a series, in order and without fuzz.

    Args:
        patches: the series.
        tree: the source tree.
        component: for messages.
        source: what the tree is, for messages.

    Raises:
        UnavailableError: a patch does not apply; names patch, file and line.
    """
    for patch in patches:
        file = tree.with_name(f"{tree.name}.patch")
        file.write_text(patch.content, encoding="utf-8")
        try:
            run(
                ["git", "apply", "--whitespace=nowarn", file],
                cwd=tree,
                # Not to be taken for part of a repository that the folder may lie in.
                env={"GIT_CEILING_DIRECTORIES": str(tree.parent)},
            )
        except CommandError as error:
            raise UnavailableError(
                f"{component}: {patch.name} does not apply to {source}: {failures(error)}",
                f"the series must fit the source: take {component} as it is pinned, or rebase"
                f" {patch.name}",
            ) from error
        finally:
            file.unlink()


def failures(error: CommandError) -> str:
    """Which files a patch does not apply to, and where.

    Args:
        error: of ``git apply``.
    """
    lines = [
        line.removeprefix("error: ").removeprefix("patch failed: ")
        for line in error.output.splitlines()
        if line.startswith("error: ")
    ]
    places = [line for line in lines if not line.endswith(": patch does not apply")]
    return ", ".join(places or lines) or str(error)
