"""Provider `archive`: a release's tar archive."""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import trees
from .errors import UnavailableError, UnreachableError

if TYPE_CHECKING:
    from pathlib import Path
    from urllib.response import addinfourl


@dataclass(frozen=True)
class Archive:
    """A file with a checksum.

    Attributes:
        component: whose.
        url: where it is.
        sha256: what it must be.
        timeout: seconds without an answer after which the server counts as unreachable.
    """

    component: str
    url: str
    sha256: str
    timeout: float
    name = "archive"

    @property
    def where(self) -> str:
        """For messages."""
        return self.url

    def identity(self) -> dict[str, Any]:
        """What it is, wherever it comes from."""
        return {"provider": self.name, "sha256": self.sha256}

    def fetch(self, folder: Path) -> None:
        """Download and check.

        Args:
            folder: empty, to be filled.

        Raises:
            UnreachableError: the server does not answer, or has not got it.
            UnavailableError: what it gave is something else.
        """
        digest = self.download(folder / "source.tar")
        if digest != self.sha256:
            raise UnavailableError(
                f"{self.component}: {self.url} has another content than pinned: sha256 {digest},"
                f" not {self.sha256}",
                "look at the file: something on the way may have replaced it; if upstream has"
                f" changed it, move the pin, else set {self.component}_source_url to a good mirror",
            )

    def download(self, file: Path) -> str:
        """Write the file and give its digest.

        Args:
            file: the file to write.

        Raises:
            UnreachableError: the server does not answer, has not got it, or hangs up.
        """
        digest = hashlib.sha256()
        size = 0
        with self.asked() as answer, file.open("wb") as out:
            while block := received(answer):
                digest.update(block)
                size += out.write(block)
            expected = answer.headers.get("Content-Length")
        if expected is not None and size < int(expected):
            raise UnreachableError(f"the connection ended after {size} of {expected} bytes")
        return digest.hexdigest()

    def asked(self) -> addinfourl:
        """The server's answer.

        Raises:
            UnreachableError: there is none, or it is an error.
        """
        try:
            # A file:// address is as good as any, for the content is pinned.
            answer: addinfourl = urllib.request.urlopen(  # noqa: S310
                self.url, timeout=self.timeout
            )
        except urllib.error.HTTPError as error:
            raise UnreachableError(f"answers {error.code} {error.reason}") from error
        except urllib.error.URLError as error:
            raise UnreachableError(str(error.reason)) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise UnreachableError(str(error) or type(error).__name__) from error
        return answer

    def intact(self, folder: Path) -> bool:
        """Whether what was fetched is still what it was.

        Args:
            folder: what `fetch` filled.
        """
        file = folder / "source.tar"
        return file.is_file() and trees.sha256(file) == self.sha256

    def unpack(self, folder: Path, tree: Path) -> None:
        """Make the tree.

        Args:
            folder: what `fetch` filled.
            tree: the folder to make.
        """
        trees.unpack(folder / "source.tar", tree)


def received(answer: addinfourl) -> bytes:
    """The next part of an answer.

    Args:
        answer: what `urlopen` gave.

    Raises:
        UnreachableError: it ended before its time.
    """
    try:
        return bytes(answer.read(trees.BLOCK))
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(str(error) or type(error).__name__) from error
