"""Get a tree: from the store, or from the first provider that has it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from . import patches as series
from . import trees
from .command import CommandError
from .errors import UnavailableError, UnreachableError
from .packed import TREE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .patches import Patch
    from .store import Store


class Provider(Protocol):
    """A way to have a source."""

    @property
    def name(self) -> str:
        """As pins call it."""

    @property
    def where(self) -> str:
        """The source, for messages."""

    def identity(self) -> dict[str, Any]:
        """What it gives, known without having it."""

    def fetch(self, folder: Path) -> None:
        """Fill an empty folder, and check what came."""

    def intact(self, folder: Path) -> bool:
        """Whether what was fetched is still what it was."""

    def unpack(self, folder: Path, tree: Path) -> None:
        """Make the tree."""


@dataclass(frozen=True)
class Tree:
    """A source that can be had.

    Attributes:
        provider: the provider's name.
        identity: what it is.
        archive: its tar.
        made: whether it was not there before.
        passed_over: providers that could not be reached, and why.
    """

    provider: str
    identity: dict[str, Any]
    archive: Path
    made: bool = False
    passed_over: tuple[str, ...] = ()


@dataclass(frozen=True)
class Obtainer:
    """How to get a component's tree.

    Attributes:
        providers: the preferred first.
        patches: the series to apply.
        store: where things are kept.
    """

    providers: Sequence[Provider]
    patches: Sequence[Patch]
    store: Store

    def identity(self, provider: Provider) -> dict[str, Any]:
        """What the patched tree is.

        Args:
            provider: where it is from.
        """
        return {**provider.identity(), "patches": [patch.identity() for patch in self.patches]}

    def kept(self) -> Tree | None:
        """The tree, if its archive is there."""
        for provider in self.providers:
            identity = self.identity(provider)
            archive = self.store.archive(identity)
            if archive.is_file():
                return Tree(provider.name, identity, archive)
        return None

    def obtain(self) -> Tree:
        """The tree, wherever it comes from.

        Raises:
            UnavailableError: it cannot be had.
        """
        if kept := self.kept():
            return kept
        with self.store.scratch() as work:
            if kept := self.kept():  # somebody else was at it
                return kept
            try:
                return self.made_here(work) or self.fetched_now(work)
            except (OSError, CommandError) as error:
                name = self.store.component
                raise UnavailableError(
                    f"{name}: its source could not be unpacked in {self.store.folder}: {error}",
                    "see to the reason given (free space? missing program?) and try again",
                ) from error

    def made_here(self, work: Path) -> Tree | None:
        """The tree, made from what was fetched before.

        Args:
            work: scratch folder.
        """
        for provider in self.providers:
            folder = self.store.fetched(provider.identity())
            if folder.is_dir() and provider.intact(folder):
                return self.make(provider, work, ())
        return None

    def fetched_now(self, work: Path) -> Tree:
        """The tree, made from what the first provider gives that can be reached.

        Args:
            work: scratch folder.

        Raises:
            UnavailableError: none can be reached.
        """
        silent: list[str] = []
        for provider in self.providers:
            try:
                self.fetch(provider, work)
            except UnreachableError as error:
                silent.append(f"{provider.name} ({provider.where}): {error}")
            else:
                return self.make(provider, work, tuple(silent))
        name = self.store.component
        raise UnavailableError(
            f"{name}: its source cannot be had. {'; '.join(silent)}",
            f"give the path of a local copy as {name}_source_path, or a mirror as"
            f" {name}_source_url",
        )

    def fetch(self, provider: Provider, work: Path) -> None:
        """Fetch into the store, whole or not at all.

        Args:
            provider: where from.
            work: scratch folder.
        """
        incoming = work / "incoming"
        trees.discard(incoming)
        incoming.mkdir()
        provider.fetch(incoming)
        target = self.store.fetched(provider.identity())
        trees.discard(target)
        incoming.rename(target)

    def make(self, provider: Provider, work: Path, passed_over: tuple[str, ...]) -> Tree:
        """Make the patched tree's archive from what was fetched.

        Args:
            provider: where it is from.
            work: scratch folder.
            passed_over: providers that could not be reached.
        """
        fetched = self.store.fetched(provider.identity())
        os.utime(fetched)
        identity = self.identity(provider)
        archive = self.store.archive(identity)
        if not self.patches and (fetched / TREE).is_file():
            os.link(fetched / TREE, work / archive.name)
        else:
            tree = work / "tree"
            provider.unpack(fetched, tree)
            series.apply(self.patches, tree, self.store.component, provider.where)
            trees.pack(tree, work / archive.name)
        (work / archive.name).chmod(0o644)
        (work / archive.name).rename(archive)
        return Tree(provider.name, identity, archive, made=True, passed_over=passed_over)
