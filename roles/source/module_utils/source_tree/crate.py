"""Provider `crate`: a package of crates.io and all that it depends on, by cargo."""

from __future__ import annotations

import os
import shutil
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import trees
from .command import CommandError, run
from .errors import UnavailableError, UnreachableError
from .packed import TREE, Packed

CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
IN_FOLDER = 'cd "$1" && shift && exec cargo "$@"'
WANTED = """\
[package]
name = "wanted"
version = "0.0.0"
edition = "2021"
[lib]
path = "lib.rs"
[dependencies]
{name} = "={version}"
"""
VENDORED = """\
[source.crates-io]
replace-with = "vendored-sources"
[source.vendored-sources]
directory = "vendor"
"""


@dataclass(frozen=True)
class Crate(Packed):
    """A crate.

    The tree has what it depends on, as its own Cargo.lock says, in `vendor`: it builds offline.

    Attributes:
        component: whose.
        crate: its name.
        version: its version.
        sha256: the registry's checksum of it, as in a Cargo.lock.
        root: a root with cargo in it; none for the host's own.
        timeout: seconds without an answer after which the registry counts as unreachable.
    """

    component: str
    crate: str
    version: str
    sha256: str
    root: Path | None
    timeout: float
    name = "crate"

    @property
    def where(self) -> str:
        """For messages."""
        return f"{self.crate} {self.version} of crates.io"

    def identity(self) -> dict[str, Any]:
        """What it is, wherever it comes from."""
        return {
            "provider": self.name,
            "crate": self.crate,
            "version": self.version,
            "sha256": self.sha256,
        }

    def fetch(self, folder: Path) -> None:
        """Have cargo fetch it, then what it depends on.

        Args:
            folder: empty, to be filled.

        Raises:
            UnreachableError: the registry does not answer, or has not got it.
        """
        top = self.root / "work" if self.root else folder
        with tempfile.TemporaryDirectory(prefix=f"{self.component}-crate.", dir=top) as name:
            work = Path(name)
            try:
                tree = self.vendored(work)
            except CommandError as error:
                raise UnreachableError(str(error)) from error
            trees.pack(tree, folder / TREE)

    def vendored(self, work: Path) -> Path:
        """Make the tree.

        Args:
            work: a scratch folder, below the root.

        Raises:
            UnavailableError: the crate is another than pinned, or does not pin what it depends on.
        """
        wanted = work / "wanted"
        wanted.mkdir()
        (wanted / "Cargo.toml").write_text(WANTED.format(name=self.crate, version=self.version))
        (wanted / "lib.rs").touch()
        self.cargo(work, wanted, "vendor", "--quiet", "--versioned-dirs")
        self.check((wanted / "Cargo.lock").read_text(encoding="utf-8"))
        tree = work / "tree"
        (wanted / "vendor" / f"{self.crate}-{self.version}").rename(tree)
        (tree / ".cargo-checksum.json").unlink()
        if not (tree / "Cargo.lock").is_file():
            raise UnavailableError(
                f"{self.component}: {self.where} has no Cargo.lock, so that nothing says which"
                " versions of other crates it is built with",
                f"pin a version of {self.crate} that has one",
            )
        self.cargo(work, tree, "vendor", "--quiet", "--locked", "--versioned-dirs")
        (tree / ".cargo").mkdir(exist_ok=True)
        (tree / ".cargo" / "config.toml").write_text(VENDORED, encoding="utf-8")
        return tree

    def check(self, lock: str) -> None:
        """See that the crate is the pinned one; cargo has checked that it is the lock's.

        Args:
            lock: the Cargo.lock that cargo wrote.

        Raises:
            UnavailableError: it is another.
        """
        found = [
            package.get("checksum")
            for package in tomllib.loads(lock)["package"]
            if (package["name"], package["version"]) == (self.crate, self.version)
        ]
        if found != [self.sha256]:
            raise UnavailableError(
                f"{self.component}: {self.where} is another than pinned: sha256"
                f" {', '.join(map(str, found))}, not {self.sha256}",
                f"correct the pin of {self.component}, or look at the registry that cargo uses",
            )

    def cargo(self, work: Path, folder: Path, *words: str) -> None:
        """Run cargo, in the root if there is one.

        Args:
            work: scratch folder, with a home for cargo.
            folder: the folder to run in.
            words: its arguments.
        """
        home = work / "cargo"
        home.mkdir(exist_ok=True)
        settings = Path(os.environ.get("CARGO_HOME", "~/.cargo")).expanduser() / "config.toml"
        if settings.is_file():  # registries and proxies, as the host uses them
            shutil.copy(settings, home)
        env = {"CARGO_HTTP_TIMEOUT": f"{self.timeout:.0f}", "CARGO_NET_RETRY": "1"}
        if CERTIFICATES.is_file():  # the host may trust more than the root does
            shutil.copy(CERTIFICATES, home)
            env["CARGO_HTTP_CAINFO"] = self.inside(home / CERTIFICATES.name)
        env["CARGO_HOME"] = self.inside(home)
        enter: list[str | Path] = ["chroot", self.root] if self.root else []
        # The host's path may lead elsewhere in the root.
        env |= {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"} if self.root else {}
        run(
            [*enter, "sh", "-c", IN_FOLDER, "sh", self.inside(folder), *words],
            env=env,
        )

    def inside(self, path: Path) -> str:
        """A path as cargo sees it.

        Args:
            path: below the root, if there is one.
        """
        return f"/{path.relative_to(self.root)}" if self.root else str(path)
