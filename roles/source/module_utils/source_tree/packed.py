"""Providers that keep what they fetched as a plain tar of the tree, `tree.tar`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import trees
from .errors import UnreachableError

if TYPE_CHECKING:
    from pathlib import Path

TREE = "tree.tar"


class Packed:
    """What these have in common."""

    def intact(self, folder: Path) -> bool:
        """Whether what was fetched is there.

        Args:
            folder: what `fetch` filled.
        """
        return (folder / TREE).is_file()

    def unpack(self, folder: Path, tree: Path) -> None:
        """Make the tree.

        Args:
            folder: what `fetch` filled.
            tree: the folder to make.
        """
        tree.mkdir()
        trees.extract(folder / TREE, tree)


@dataclass(frozen=True)
class Local(Packed):
    """Provider `path`: a local copy, which is brought to the host before.

    Attributes:
        component: whose.
        where: for messages.
        known: its identity.
    """

    component: str
    where: str
    known: dict[str, Any]
    name = "path"

    def identity(self) -> dict[str, Any]:
        """What it is."""
        return {"provider": self.name, **self.known}

    def fetch(self, folder: Path) -> None:
        """It must be there already.

        Args:
            folder: where it should be.

        Raises:
            UnreachableError: always.
        """
        raise UnreachableError(f"was not brought to the host, to {folder}")
