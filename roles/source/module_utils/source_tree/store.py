"""What was fetched, and the trees made from it, on the host."""

from __future__ import annotations

import fcntl
import hashlib
import json
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import trees

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = 3
"""Archives, and things fetched, that stay of a component: enough to go back and forth."""


def stem(component: str, identity: dict[str, Any]) -> str:
    """Name of something of a component that `identity` says all about.

    Args:
        component: whose.
        identity: plain data.
    """
    text = json.dumps(identity, sort_keys=True, separators=(",", ":"))
    return f"{component}-{hashlib.sha256(text.encode()).hexdigest()[:24]}"


@dataclass(frozen=True)
class Store:
    """A component's part of the store.

    Attributes:
        folder: of all components.
        component: whose.
    """

    folder: Path
    component: str

    def fetched(self, identity: dict[str, Any]) -> Path:
        """Folder of what a provider fetched.

        Args:
            identity: the provider's.
        """
        return self.folder / "fetched" / stem(self.component, identity)

    def archive(self, identity: dict[str, Any]) -> Path:
        """The tree's archive.

        Args:
            identity: the provider's, with the patches.
        """
        return self.folder / f"{stem(self.component, identity)}.tar"

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A scratch folder, and nobody else at work on this component; old things are cleared."""
        (self.folder / "fetched").mkdir(parents=True, exist_ok=True)
        with (self.folder / f".{self.component}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in self.folder.glob(f".{self.component}.work-*"):
                trees.discard(left)
            prefix = f".{self.component}.work-"
            with tempfile.TemporaryDirectory(dir=self.folder, prefix=prefix) as name:
                yield Path(name)
            self.prune()

    def prune(self) -> None:
        """Remove what is old, that months of work do not fill the disk."""
        digits = "[0-9a-f]" * 24
        for folder, pattern in (
            (self.folder, f"{self.component}-{digits}.tar"),
            (self.folder / "fetched", f"{self.component}-{digits}"),
        ):
            found = sorted(folder.glob(pattern), key=lambda path: path.stat().st_mtime)
            for path in found[:-KEPT]:
                trees.discard(path)
